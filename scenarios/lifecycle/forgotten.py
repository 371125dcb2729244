"""Opens a client for each request and leaves it to the garbage collector."""

from contextlib import nullcontext

import httpx

from scenarios.lifecycle.shared import LIMITS, TIMEOUT_S, TLS, URL, User, create_app

app = create_app(nullcontext())


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    client = httpx.AsyncClient(verify=TLS, timeout=TIMEOUT_S, limits=LIMITS)
    response = await client.get(f"{URL}/users/{user_id}")
    response.raise_for_status()
    return User(**response.json())
