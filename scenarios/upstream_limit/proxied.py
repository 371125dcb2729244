"""Sends all calls at once through a reverse proxy, which paces them for the upstream."""

import asyncio

from scenarios.upstream_limit.shared import NGINX_URL, PARTS, Profile, create_app, fetch

app = create_app(NGINX_URL)


@app.get("/profiles/{user_id}")
async def profile(user_id: int) -> Profile:
    parts = await asyncio.gather(*(fetch(user_id, part) for part in PARTS))
    return Profile(id=user_id, parts=parts)
