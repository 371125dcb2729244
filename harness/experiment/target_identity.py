"""Which app a target is, so that a run that goes on does not mix two apps."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from harness.experiment.answers import digest
from harness.model.errors import BenchError
from harness.model.workload import Workload
from harness.store.run import Run
from harness.system.ask import ask
from harness.system.ports import listener

TARGET = "target"  # in the conditions: for each scenario what identifies its target
WORDS = {
    "answers": "other answers",
    "server": "another Server header",
    "process": "another process, or the same started anew",
}


def identity(url: str, workload: Workload) -> dict[str, str]:
    """Return what tells an app from others: its answers, its server, its process where it is here.

    Digests stand for answers and process. Raises one of UNANSWERED where nobody answers.
    """
    answers = [ask(url, request) for request in workload.samples]
    told = (f"{one.status} {digest(workload, one.body)} " for one in answers)
    return {
        "answers": sha256("".join(told).encode()).hexdigest(),
        "server": answers[0].headers.get("Server", ""),
        "process": sha256(listener(urlsplit(url).port or 80).encode()).hexdigest(),
    }


def require_same(run: Run, name: str, found: dict[str, str], label: str) -> dict[str, Any]:
    """Return the identities of a run's targets, with that of this scenario.

    Raises BenchError where the scenario was measured on another app before.
    """
    known = run.machine.get(TARGET, {})
    measured = any(one.trial.scenario == name for one in run.read())
    before = known.get(name, found) if measured else found
    if other := [words for part, words in WORDS.items() if before.get(part) != found[part]]:
        raise BenchError(
            f"{label} is not the app that {run.folder} has measured: it has {', '.join(other)}",
            hint="begin a new run, with another --seed; what was measured stays in that folder",
        )
    return {**known, name: found}
