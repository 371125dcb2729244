"""Asks an `async def` route of its own app, which needs no thread."""

from fastapi import Request
from fastapi.responses import JSONResponse

from scenarios.own_route.shared import ask, create_app, name_of

app = create_app()


@app.get("/names/{user_id}")
async def name(user_id: int) -> JSONResponse:
    return JSONResponse(name_of(user_id))


@app.get("/users/{user_id}")
def user(user_id: int, request: Request) -> JSONResponse:
    return JSONResponse({"id": user_id, **ask(request, f"/names/{user_id}")})
