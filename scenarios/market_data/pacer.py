"""A pacer: each caller gets the next turn, and turns are evenly apart."""

import asyncio
import os
import time

PACE = float(os.getenv("PACE", "95"))


class Pacer:
    """Lets so many callers per second go on."""

    def __init__(self) -> None:
        self._next_s = 0.0

    async def turn(self) -> None:
        """Wait for a turn of one's own."""
        now_s = time.monotonic()
        turn_s = max(self._next_s, now_s)
        self._next_s = turn_s + 1 / PACE
        await asyncio.sleep(turn_s - now_s)
