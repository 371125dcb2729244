"""An await with nothing to wait for. It stands beside the variants, none of which may sleep in place of work: this sleep has no length."""

import asyncio


async def switch() -> None:
    """Let the loop turn once."""
    await asyncio.sleep(0)
