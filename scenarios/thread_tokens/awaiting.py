"""asyncpg: whoever waits for the database holds no token at all."""

from scenarios.thread_tokens.asyncpg_pool import open_pool
from scenarios.thread_tokens.shared import ASYNCPG_QUERY, WAIT_S, User, create_app

app = create_app(open_pool)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with app.state.pool.acquire() as connection:
        row = await connection.fetchrow(ASYNCPG_QUERY, WAIT_S, user_id)
    return User(id=row[0], name=row[1], email=row[2])
