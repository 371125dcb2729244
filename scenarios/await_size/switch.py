"""An await with nothing to wait for.

The variants may not sleep in place of work; this sleep has no length.
"""

import asyncio


async def switch() -> None:
    """Let the loop turn once."""
    await asyncio.sleep(0)
