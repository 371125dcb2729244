"""One clock for everything, and a way to wake up on time.

gevent's own timers round up to a millisecond. A Linux timerfd wakes within microseconds without
spinning; elsewhere `gevent.sleep` remains, and its lag is recorded like any other.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import time

import gevent
from gevent.hub import get_hub

now = time.monotonic_ns  # the clock of every intended, sent and done


class Alarm:
    """Sleeps until a given time of `now`."""

    def __init__(self) -> None:
        self._fd = _timerfd() if sys.platform == "linux" else None
        if self._fd is not None:
            self._watcher = get_hub().loop.io(self._fd, 1)

    def sleep_until(self, when_ns: int) -> None:
        """Return at `when_ns`, or after one turn of the loop if that has passed."""
        if when_ns <= now():
            gevent.sleep(0)
        elif self._fd is None:
            gevent.sleep((when_ns - now()) / 1e9)
        else:
            _set(self._fd, when_ns)
            get_hub().wait(self._watcher)
            os.read(self._fd, 8)

    def close(self) -> None:
        """Release the timer."""
        if self._fd is not None:
            self._watcher.close()
            os.close(self._fd)


_TFD_NONBLOCK, _TFD_CLOEXEC, _TFD_TIMER_ABSTIME = 0o4000, 0o2000000, 1
_libc = ctypes.CDLL(None, use_errno=True)  # os.timerfd_create came with Python 3.13


def _timerfd() -> int:
    fd: int = _libc.timerfd_create(time.CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "timerfd_create")
    return fd


def _set(fd: int, when_ns: int) -> None:
    seconds, nanoseconds = divmod(when_ns, 1_000_000_000)
    spec = struct.pack("@qqqq", 0, 0, seconds, nanoseconds)
    if _libc.timerfd_settime(fd, _TFD_TIMER_ABSTIME, spec, None) < 0:
        raise OSError(ctypes.get_errno(), "timerfd_settime")
