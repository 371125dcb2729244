"""Calls what the route calls, and no route."""

from fastapi.responses import JSONResponse

from scenarios.own_route.shared import create_app, name_of

app = create_app()


@app.get("/users/{user_id}")
def user(user_id: int) -> JSONResponse:
    return JSONResponse({"id": user_id, **name_of(user_id)})
