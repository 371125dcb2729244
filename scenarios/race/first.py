"""Asks its first choice only, and waits however long it takes."""

from scenarios.race.shared import User, create_app, fetch

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return await fetch(app.state.session, user_id)
