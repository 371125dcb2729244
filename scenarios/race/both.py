"""Asks two replicas and waits for both: the slower one decides."""

import asyncio

from scenarios.race.shared import User, create_app, fetch

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    answer, _ = await asyncio.gather(
        fetch(app.state.session, user_id), fetch(app.state.session, user_id)
    )
    return answer
