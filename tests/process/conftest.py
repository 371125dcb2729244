"""The fixtures of the tests that start real processes and assert no timing."""

from tests.support.project_copy import copy, original
from tests.support.supervisor import supervisor

__all__ = ["copy", "original", "supervisor"]
