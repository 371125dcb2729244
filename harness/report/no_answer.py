"""Why there is no answer, in the language that is spoken: the judge says it in English."""

from __future__ import annotations

import re

from harness.judge.caveats import VoidReason
from harness.report import language
from harness.report.language import say

# What the judge says, by the key of its template.
SAID = {
    "smoke": r"the smoke profile only shows that everything works",
    "few": r"(?P<blocks>\d+) of the (?P<wanted>\d+) blocks it takes are measured",
    "unread": r"the (?P<name>.+) could not be read in every block",
    "endless": r"neither (?P<name>.+) was seen to end",
    "void": r"more than a third of the blocks are void: (?P<void>.+)",
    "unsteady": (
        r"(?P<variant>\S+) is not steady: in the second half of each window it is at "
        r"(?P<times>\S+) of what it was in the first "
        r"\(95 % CI (?P<low>\S+) to (?P<high>\S+), (?P<blocks>\d+) blocks\)"
    ),
    "unsteady_half": r"(?P<variant>\S+) is not steady: (?P<times>\S+) in the second half",
}


def no_answer(why: str) -> str:
    """Return a reason of the judge as it is said; one that is not known here as it is."""
    for key, pattern in SAID.items():
        if found := re.fullmatch(pattern, why):
            values = found.groupdict()
            if "name" in values:
                values["name"] = language.metric(values["name"])
            if "void" in values:
                values["void"] = _void(values["void"])
            return say(f"words.why.{key}", **values)
    return why


def _void(reasons: str) -> str:
    """Return the reasons why blocks are void, each with how many of how many."""
    for one in VoidReason:
        reasons = reasons.replace(one.says, language.reason(one)[0])
    return re.sub(
        r"\((\d+) of (\d+)\)",
        lambda found: say("words.why.of", count=found[1], all=found[2]),
        reasons,
    )
