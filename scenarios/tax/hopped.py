"""The same in `def`: a trip to a thread and back."""

from fastapi.responses import JSONResponse

from scenarios.tax.shared import create_app

app = create_app()


@app.get("/users/{user_id}")
def user(user_id: int) -> JSONResponse:
    return JSONResponse({"id": user_id})
