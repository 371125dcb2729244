"""What happens while an experiment is carried out, as values."""

from __future__ import annotations

from dataclasses import dataclass

from harness.design.design import Design
from harness.judge.answer import Answer
from harness.judge.caveats import VoidReason
from harness.model.facts import Measurement
from harness.model.trial import Trial


@dataclass(frozen=True, slots=True)
class BlockStarted:
    """A block is about to be measured, or what is missing of it.

    Block 0 is the evidence pass, or what is seen once.
    """

    design: Design
    number: int
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A fresh server is about to be measured."""

    design: Design
    trial: Trial


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """A measurement is on disk; `void` are the reasons why it says nothing."""

    design: Design
    measurement: Measurement
    void: tuple[VoidReason, ...]

    @property
    def trial(self) -> Trial:
        """The trial that ended."""
        return self.measurement.trial


@dataclass(frozen=True, slots=True)
class MoreBlocksAsked:
    """The planned blocks are noisy: so many are wanted in all."""

    design: Design
    blocks: int


@dataclass(frozen=True, slots=True)
class WorkersAwaited:
    """Workers on other machines are waited for; by `command` they join."""

    command: str


@dataclass(frozen=True, slots=True)
class Answered:
    """All that decides one scenario is measured."""

    answer: Answer


Event = BlockStarted | TrialStarted | TrialEnded | MoreBlocksAsked | WorkersAwaited | Answered
