"""asyncio.to_thread: the loop's own executor has four threads more than there are processors."""

import asyncio

from scenarios.executor.shared import User, create_app, fetch

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return await asyncio.to_thread(fetch, user_id)
