"""psycopg 3, awaited: the loop goes on while the query runs."""

from scenarios.workers.psycopg_pools import open_async_pool
from scenarios.workers.shared import QUERY, User, create_app

app = create_app(open_async_pool)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with app.state.pool.connection() as connection, connection.cursor() as cursor:
        await cursor.execute(QUERY, (user_id,))
        row = await cursor.fetchone()
    return User(id=row[0], name=row[1], email=row[2])
