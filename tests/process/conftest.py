"""The fixtures of the tests that start real processes and assert no timing."""

from tests.support.project_copy import copy, original

__all__ = ["copy", "original"]
