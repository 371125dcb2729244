"""An asyncio.Lock for each key: only those that want the same one wait for each other."""

import asyncio
from collections import defaultdict

from scenarios.lock.shared import User, create_app, fetch

app = create_app()
locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with locks[user_id]:
        return await fetch(app, user_id)
