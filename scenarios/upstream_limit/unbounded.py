"""Asks for everything at once, whatever the upstream admits."""

import asyncio

from scenarios.upstream_limit.shared import PARTS, Profile, create_app, fetch

app = create_app()


@app.get("/profiles/{user_id}")
async def profile(user_id: int) -> Profile:
    parts = await asyncio.gather(*(fetch(user_id, part) for part in PARTS))
    return Profile(id=user_id, parts=parts)
