"""The same with a dependency that yields: entered before the handler, left after the answer."""

from collections.abc import AsyncIterator

from fastapi import Depends
from fastapi.responses import JSONResponse

from scenarios.tax.shared import create_app

app = create_app()


async def dependency() -> AsyncIterator[None]:
    yield


@app.get("/users/{user_id}", dependencies=[Depends(dependency)])
async def user(user_id: int) -> JSONResponse:
    return JSONResponse({"id": user_id})
