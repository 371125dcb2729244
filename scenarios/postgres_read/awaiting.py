"""asyncpg: the loop goes on while the query runs."""

import asyncpg

from scenarios.postgres_read.shared import CONNECTIONS, URL, WAIT_S, User, create_app


async def keep(_: asyncpg.Connection) -> None:
    """Leave a returned connection as it is: the default would send a second statement, which psycopg2 does not."""


def open_pool() -> asyncpg.Pool:
    return asyncpg.create_pool(URL, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=keep)


app = create_app(open_pool)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with app.state.pool.acquire() as connection:
        row = await connection.fetchrow("SELECT id, name, email FROM users, pg_sleep($1) WHERE id = $2", WAIT_S, user_id)
    return User(id=row[0], name=row[1], email=row[2])
