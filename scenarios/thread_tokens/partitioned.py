"""psycopg2 in threads with a limiter of their own: the default tokens stay free for others."""

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from scenarios.thread_tokens.psycopg2_pool import open_pool
from scenarios.thread_tokens.shared import PSYCOPG_QUERY, THREADS, WAIT_S, User, create_app

app = create_app(open_pool)
limiter = CapacityLimiter(THREADS)


def find(user_id: int) -> User:
    with app.state.pool.acquire() as connection, connection.cursor() as cursor:
        cursor.execute(PSYCOPG_QUERY, (WAIT_S, user_id))
        row = next(cursor)
    return User(id=row[0], name=row[1], email=row[2])


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return await run_sync(find, user_id, limiter=limiter)
