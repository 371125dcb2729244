"""psycopg2 in threads, with a connection of its own for every request."""

from contextlib import closing

import psycopg2

from scenarios.db_connections.admission import places_for_threads
from scenarios.db_connections.shared import PSYCOPG_QUERY, URL, WAIT_S, User, create_app

app = create_app()


@app.get("/users/{user_id}")
def user(user_id: int) -> User:
    with (
        places_for_threads,
        closing(psycopg2.connect(URL)) as connection,
        connection.cursor() as cursor,
    ):
        connection.autocommit = True
        cursor.execute(PSYCOPG_QUERY, (WAIT_S, user_id))
        row = next(cursor)
    return User(id=row[0], name=row[1], email=row[2])
