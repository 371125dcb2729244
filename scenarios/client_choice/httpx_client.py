"""httpx.AsyncClient, one for the app's life."""

import httpx

from scenarios.client_choice.shared import CONNECTIONS, TIMEOUT_S, URL, User, create_app


def open_client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return httpx.AsyncClient(timeout=TIMEOUT_S, limits=limits)


app = create_app(open_client)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    response = await app.state.client.get(f"{URL}/users/{user_id}")
    response.raise_for_status()
    return User(**response.json())
