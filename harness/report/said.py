"""What is said to a question: every sentence of its answer, the same in one line, and a note."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from harness.report import comparisons, sentences
from harness.report.headline import told
from harness.report.language import say
from harness.report.no_answer import no_answer
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import Sentence
from harness.report.tables import taxes


def answer(run: ScenarioRun) -> tuple[Sentence, ...]:
    """Say each contrast; of a server that is compared with nothing, its level; or why neither."""
    found = run.answer
    if found.invalid:
        return (Sentence(say("words.no_answer.why", why=no_answer(found.invalid))),)
    if not run.blocks:
        return (Sentence(say("words.no_answer.unmeasured")),)
    if not run.design.profile.judged:
        return (Sentence(say("words.no_answer.smoke", not_judged=not_judged(run))),)
    if found.level is not None:
        return (sentences.of_level(run.primary, found.level),)
    if not run.answered:
        whys = dict.fromkeys(no_answer(one.why) for one in found.contrasts)
        missing = say("words.no_answer.few")
        return tuple(Sentence(say("words.no_answer.why", why=why)) for why in whys or [missing])
    because = (comparisons.why(run), comparisons.collections(run))
    more = [*(one for one in because if one), *comparisons.failures(run)]
    return (*_contrasts(run), *more)


def in_short(
    run: ScenarioRun, said: tuple[Sentence, ...], known: Collection[str] = frozenset()
) -> str:
    """Return the comparison that says most; every tax where that is the question.

    Beside the names of variants stands what they do, unless they are `known`.
    """
    over = run.scenario.baseline.name
    if not run.scenario.claims and (found := taxes(run)):
        more = (
            say("words.tax.one", name=comparisons.introduced(run, str(one)), time=time)
            for one, other, time, _ in found.rows
            if str(other) == over
        )
        listed = say("words.list.clause").join(more)
        return say("words.tax.all", over=comparisons.introduced(run, over), taxes=listed)
    if contrast := told(run):
        pair = {contrast.subject, contrast.over}
        names = {name: comparisons.introduced(run, name) for name in pair.difference(known)}
        return str(comparisons.of_contrast(run, contrast, levels=True, names=names))
    return str(said[0])


def note(run: ScenarioRun) -> str:
    """Say which metric decides, what the noise asked for, and what of the rest may be said."""
    said = [say("words.note.decides", metric=run.label(run.primary))]
    if run.blocks:
        planned = run.design.planned_blocks
        if asked := run.answer.asked_by_noise:
            said.append(say("words.note.noise", asked=asked, planned=planned))
        said.append(say(f"words.note.{'once' if run.once else 'rest'}"))
    return "".join(said)


def not_judged(run: ScenarioRun) -> str:
    """Say that nothing is judged at this profile."""
    return say("words.not_judged", profile=run.record.asked.profile)


def _contrasts(run: ScenarioRun) -> Iterator[Sentence]:
    """Say each comparison; beside the first mention of a variant stands what it does."""
    known = set[str]()
    for one in run.answer.contrasts:
        pair = one.subject, one.over
        names = {name: comparisons.introduced(run, name) for name in pair if name not in known}
        known |= set(pair)
        yield comparisons.of_contrast(run, one, levels=True, names=names)
