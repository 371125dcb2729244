"""One client for the app's life: the lifespan closes it."""

import httpx

from scenarios.lifecycle.shared import LIMITS, TIMEOUT_S, TLS, URL, User, create_app

client = httpx.AsyncClient(verify=TLS, timeout=TIMEOUT_S, limits=LIMITS)
app = create_app(client)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    response = await client.get(f"{URL}/users/{user_id}")
    response.raise_for_status()
    return User(**response.json())
