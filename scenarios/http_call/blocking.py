"""requests inside `async def`: every call holds the event loop."""

from scenarios.http_call.requests_session import opened, session
from scenarios.http_call.shared import TIMEOUT_S, URL, User, create_app

app = create_app(opened())


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    response = session.get(f"{URL}/users/{user_id}", timeout=TIMEOUT_S)
    response.raise_for_status()
    return User(**response.json())
