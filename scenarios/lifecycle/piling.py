"""Opens a client for each request, and leaves it to the end of the app to close them all."""

from contextlib import AsyncExitStack

import httpx

from scenarios.lifecycle.shared import LIMITS, TIMEOUT_S, TLS, URL, User, create_app

opened = AsyncExitStack()
app = create_app(opened)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    client = await opened.enter_async_context(
        httpx.AsyncClient(verify=TLS, timeout=TIMEOUT_S, limits=LIMITS)
    )
    response = await client.get(f"{URL}/users/{user_id}")
    response.raise_for_status()
    return User(**response.json())
