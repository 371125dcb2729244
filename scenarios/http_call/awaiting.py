"""httpx.AsyncClient: the loop goes on while the upstream works."""

import httpx

from scenarios.http_call.shared import CONNECTIONS, TIMEOUT_S, URL, User, create_app

client = httpx.AsyncClient(
    timeout=TIMEOUT_S,
    limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
)
app = create_app(client)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    response = await client.get(f"{URL}/users/{user_id}")
    response.raise_for_status()
    return User(**response.json())
