"""A session from a dependency: its connection stays taken while the answer waits for a thread."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session

from scenarios.held_connection.engines import open_engine
from scenarios.held_connection.shared import QUERY, WAIT_S, User, create_app

app = create_app(open_engine)


def open_session() -> Iterator[Session]:
    with Session(app.state.engine) as session:
        yield session


@app.get("/users/{user_id}")
def user(user_id: int, session: Annotated[Session, Depends(open_session)]) -> User:
    row = session.execute(QUERY, {"wait_s": WAIT_S, "user_id": user_id}).one()
    return User(id=row.id, name=row.name, email=row.email)
