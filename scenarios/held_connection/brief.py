"""A session inside the handler: its connection is returned before the answer needs a thread."""

from sqlalchemy.orm import Session

from scenarios.held_connection.engines import open_engine
from scenarios.held_connection.shared import QUERY, WAIT_S, User, create_app

app = create_app(open_engine)


@app.get("/users/{user_id}")
def user(user_id: int) -> User:
    with Session(app.state.engine) as session:
        row = session.execute(QUERY, {"wait_s": WAIT_S, "user_id": user_id}).one()
    return User(id=row.id, name=row.name, email=row.email)
