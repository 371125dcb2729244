"""asyncpg with a connection of its own for every request."""

import asyncpg

from scenarios.db_connections.admission import places
from scenarios.db_connections.shared import ASYNCPG_QUERY, URL, WAIT_S, User, create_app

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with places:
        connection = await asyncpg.connect(URL)
        try:
            row = await connection.fetchrow(ASYNCPG_QUERY, WAIT_S, user_id)
        finally:
            await connection.close()
    return User(id=row[0], name=row[1], email=row[2])
