"""How lengths of time are written."""

from __future__ import annotations

LONG_S = 90  # from here on, minutes read better


def in_words(seconds: float) -> str:
    """Write a length of time, in minutes where it is long."""
    return f"{seconds / 60:.0f} min" if seconds > LONG_S else f"{seconds:.0f} s"


def precisely(seconds: float) -> str:
    """Write a length of time with three digits, where it is compared with another."""
    return f"{seconds / 60:.3g} min" if seconds > LONG_S else f"{seconds:.3g} s"
