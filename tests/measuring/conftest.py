"""The fixtures of the tests that measure under real load, one at a time."""

from tests.support.project_copy import copy, original

__all__ = ["copy", "original"]
