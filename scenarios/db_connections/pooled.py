"""asyncpg with a pool: a request borrows a connection that is open already."""

from scenarios.db_connections.asyncpg_pool import open_pool
from scenarios.db_connections.shared import ASYNCPG_QUERY, WAIT_S, User, create_app

app = create_app(open_pool)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with app.state.pool.acquire() as connection:
        row = await connection.fetchrow(ASYNCPG_QUERY, WAIT_S, user_id)
    return User(id=row[0], name=row[1], email=row[2])
