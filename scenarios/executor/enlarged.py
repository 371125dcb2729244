"""asyncio.to_thread, and the lifespan gives the loop an executor of forty threads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from scenarios.executor.shared import THREADS, User, create_app, fetch

app = create_app(default_executor=ThreadPoolExecutor(THREADS))


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return await asyncio.to_thread(fetch, user_id)
