"""A session from an async dependency: no thread is needed while a connection is held."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from scenarios.held_connection.engines import open_async_engine
from scenarios.held_connection.shared import QUERY, WAIT_S, User, create_app

app = create_app(open_async_engine)


async def open_session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(app.state.engine) as session:
        yield session


@app.get("/users/{user_id}")
async def user(user_id: int, session: Annotated[AsyncSession, Depends(open_session)]) -> User:
    row = (await session.execute(QUERY, {"wait_s": WAIT_S, "user_id": user_id})).one()
    return User(id=row.id, name=row.name, email=row.email)
