"""Threads wait for connections, and who has a connection waits for a thread to give it back."""

import sqlite3
import time
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

SETTINGS = {"pool_size": 5, "max_overflow": 0, "pool_timeout": 0.5}
QUERY = text("SELECT 'Ada', pause(0.02)")  # as long as a database elsewhere would take

engine = create_engine(
    "sqlite://", poolclass=QueuePool, connect_args={"check_same_thread": False}, **SETTINGS
)
app = FastAPI()


@event.listens_for(engine, "connect")
def add_pause(connection: sqlite3.Connection, _: object) -> None:
    """Let a query take time."""
    connection.create_function("pause", 1, time.sleep)


@app.exception_handler(NoConnection)
async def busy(_: Request, __: Exception) -> Response:
    """Answer those who waited too long for a connection."""
    return Response(status_code=503)


def open_session() -> Iterator[Session]:
    """Yield a session, which keeps its connection until it is closed, in a thread."""
    with Session(engine) as session:
        yield session


@app.get("/users/1")
def user(session: Annotated[Session, Depends(open_session)]) -> str:
    """Return the name of a user."""
    return str(session.execute(QUERY).scalar_one())
