"""`async def` around nothing: the loop calls it and goes on."""

from fastapi.responses import JSONResponse

from scenarios.hop.shared import create_app

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> JSONResponse:
    return JSONResponse({"id": user_id})
