"""run_in_threadpool: the threads of `def` routes, under AnyIO's limiter of forty tokens."""

from fastapi.concurrency import run_in_threadpool

from scenarios.executor.shared import User, create_app, fetch

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return await run_in_threadpool(fetch, user_id)
