"""The same after an await: the loop turns once."""

from fastapi.responses import JSONResponse

from scenarios.tax.shared import create_app
from scenarios.tax.switch import switch

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> JSONResponse:
    await switch()
    return JSONResponse({"id": user_id})
