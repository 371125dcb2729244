"""Sends all calls at once under a BoundedSemaphore: releasing one too many is an error."""

import asyncio

from scenarios.upstream_limit.shared import ADMITS, PARTS, Profile, create_app, fetch

app = create_app()
admitted = asyncio.BoundedSemaphore(ADMITS)


async def fetch_admitted(user_id: int, part: str) -> str:
    async with admitted:
        return await fetch(user_id, part)


@app.get("/profiles/{user_id}")
async def profile(user_id: int) -> Profile:
    parts = await asyncio.gather(*(fetch_admitted(user_id, part) for part in PARTS))
    return Profile(id=user_id, parts=parts)
