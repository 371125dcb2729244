"""One asyncio.Lock for all keys: whoever waits for the upstream keeps everybody else out."""

import asyncio

from scenarios.lock.shared import User, create_app, fetch

app = create_app()
lock = asyncio.Lock()


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with lock:
        return await fetch(app, user_id)
