"""psycopg 3, awaited: the loop goes on while the query runs."""

from scenarios.one_driver.psycopg_pools import open_async_pool
from scenarios.one_driver.shared import WAIT_S, User, create_app

app = create_app(open_async_pool)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with app.state.pool.connection() as connection, connection.cursor() as cursor:
        await cursor.execute("SELECT id, name, email FROM users, pg_sleep(%s) WHERE id = %s", (WAIT_S, user_id))
        row = await cursor.fetchone()
    return User(id=row[0], name=row[1], email=row[2])
