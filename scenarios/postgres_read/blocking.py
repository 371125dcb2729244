"""psycopg2 inside `async def`: every query holds the event loop."""

from scenarios.postgres_read.psycopg2_pool import open_pool
from scenarios.postgres_read.shared import PSYCOPG_QUERY, WAIT_S, User, create_app

app = create_app(open_pool)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    with app.state.pool.acquire() as connection, connection.cursor() as cursor:
        cursor.execute(PSYCOPG_QUERY, (WAIT_S, user_id))
        row = cursor.fetchone()
    return User(id=row[0], name=row[1], email=row[2])
