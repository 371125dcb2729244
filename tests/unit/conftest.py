"""The fixtures of the fast tests, which start no process and measure nothing."""

from tests.support.commands import undrawn
from tests.support.questions import questions, sections, told, written
from tests.support.simulated import simulated
from tests.support.simulated_gate import gates

__all__ = ["gates", "questions", "sections", "simulated", "told", "undrawn", "written"]
