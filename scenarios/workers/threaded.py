"""psycopg 3 inside `def`: FastAPI runs it in a thread, and the loop goes on."""

from scenarios.workers.psycopg_pools import open_pool
from scenarios.workers.shared import QUERY, THREADS, User, create_app

app = create_app(open_pool(used=THREADS))


@app.get("/users/{user_id}")
def user(user_id: int) -> User:
    with app.state.pool.connection() as connection, connection.cursor() as cursor:
        cursor.execute(QUERY, (user_id,))
        row = cursor.fetchone()
    return User(id=row[0], name=row[1], email=row[2])
