"""The fixtures of the tests that measure under real load, one at a time."""

from tests.support.project_copy import copy, original
from tests.support.supervisor import supervisor

__all__ = ["copy", "original", "supervisor"]
