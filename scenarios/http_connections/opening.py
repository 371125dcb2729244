"""Opens a client for each request: it reads all certificates, builds a TLS context, connects."""

from contextlib import nullcontext

import httpx

from scenarios.http_connections.shared import LIMITS, TIMEOUT_S, URL, User, create_app

app = create_app(nullcontext())


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with httpx.AsyncClient(timeout=TIMEOUT_S, limits=LIMITS) as client:
        response = await client.get(f"{URL}/users/{user_id}")
    response.raise_for_status()
    return User(**response.json())
