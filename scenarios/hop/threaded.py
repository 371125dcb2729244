"""`def` around nothing: FastAPI runs it in a thread all the same."""

from fastapi.responses import JSONResponse

from scenarios.hop.shared import create_app

app = create_app()


@app.get("/users/{user_id}")
def user(user_id: int) -> JSONResponse:
    return JSONResponse({"id": user_id})
