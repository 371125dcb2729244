"""The rate of answers in a window as a slope, and how far that is off by itself."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FEW = 10  # answers, of which no slope is taken


def slope(done_ns: NDArray[np.int64], window_s: float) -> float:
    """Return the least-squares slope of the number of answers over time, in answers/s.

    The number is a step function of all times in the window, and so each answer weighs
    6 u (1 - u), at the share u of it: 1 on average. Few answers are only counted.
    """
    if len(done_ns) < FEW:
        return len(done_ns) / window_s
    shares = done_ns / (1e9 * window_s)
    return float(6 * np.sum(shares * (1 - shares))) / window_s


def slope_error(done_ns: NDArray[np.int64], window_s: float) -> float | None:
    """Return the standard error of the logarithm of a slope; None without an answer.

    By sine tapers of even numbers, which do not see the mean, but how far numbers wander slowly:
    where many end together at an even pace, steps are large and the error is small. Source:
    Riedel & Sidorenko, "Minimum bias multiple taper spectral estimation" (1995). Few answers are
    taken to come by chance (Poisson). Never less than what rounding to whole answers makes of it.
    """
    n = len(done_ns)
    if not n:
        return None
    if n < FEW:
        return 1 / math.sqrt(n)
    shares = done_ns / (1e9 * window_s)
    tapered = [float(np.sum(np.sin(np.pi * number * shares))) for number in (2, 4)]
    scatter = 2 * sum(one**2 for one in tapered) / len(tapered)  # n, where they come by chance
    weights = 1.2  # the mean square of 6 u (1 - u)
    return max(math.sqrt(weights * scatter) / n, 0.5 / n)
