"""A route with nothing that could be left out: `async def`, and the response as it is sent."""

from fastapi.responses import JSONResponse

from scenarios.tax.shared import create_app

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> JSONResponse:
    return JSONResponse({"id": user_id})
