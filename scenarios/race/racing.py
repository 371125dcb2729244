"""Asks two replicas and takes the first answer; the other call is cancelled.

That closes its connection as well.
"""

import asyncio

from scenarios.race.shared import User, create_app, fetch

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    calls = [asyncio.create_task(fetch(app.state.session, user_id)) for _ in range(2)]
    done, pending = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    for loser in pending:
        loser.cancel()
    return await done.pop()
