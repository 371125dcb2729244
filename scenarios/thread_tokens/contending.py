"""psycopg2 inside `def`: a request that waits holds a token that every `def` route needs."""

from scenarios.thread_tokens.psycopg2_pool import open_pool
from scenarios.thread_tokens.shared import PSYCOPG_QUERY, WAIT_S, User, create_app

app = create_app(open_pool)


@app.get("/users/{user_id}")
def user(user_id: int) -> User:
    with app.state.pool.acquire() as connection, connection.cursor() as cursor:
        cursor.execute(PSYCOPG_QUERY, (WAIT_S, user_id))
        row = next(cursor)
    return User(id=row[0], name=row[1], email=row[2])
