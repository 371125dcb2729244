"""The fixtures of the fast tests, which start no process and measure nothing."""

from tests.support.simulated import simulated

__all__ = ["simulated"]
