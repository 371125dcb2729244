"""psycopg 3 inside `async def`: every query holds the event loop."""

from scenarios.workers.psycopg_pools import open_pool
from scenarios.workers.shared import QUERY, User, create_app

app = create_app(open_pool(used=1))


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    with app.state.pool.connection() as connection, connection.cursor() as cursor:
        cursor.execute(QUERY, (user_id,))
        row = cursor.fetchone()
    return User(id=row[0], name=row[1], email=row[2])
