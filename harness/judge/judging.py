"""Judge a scenario of a recorded run by the method that measured it."""

from __future__ import annotations

from harness.design.design import Design
from harness.design.profile import profile_named
from harness.judge import answer, method3
from harness.judge.answer import Answer
from harness.model.record import Record
from harness.model.scenario import Scenario

SIGNED_RANK = 3  # the last method that judged by signed ranks


def design_of(record: Record, scenario: Scenario) -> Design:
    """Return the design of a scenario of a run; raises BenchError where its profile is unknown."""
    return Design(scenario, profile_named(record.asked.profile))


def answer_of(record: Record, scenario: Scenario) -> Answer:
    """Return what a run says of one of its scenarios, by the run's own method."""
    design = design_of(record, scenario)
    if record.method <= SIGNED_RANK:
        return method3.answer(design, record.asked.profile, record.measurements)
    return answer.answer(design, record.measurements)
