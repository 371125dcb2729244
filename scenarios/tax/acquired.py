"""The same with a connection of a pool in hand, which is asked nothing."""

from fastapi.responses import JSONResponse

from scenarios.tax.asyncpg_pool import open_pool
from scenarios.tax.shared import create_app

app = create_app(open_pool)


@app.get("/users/{user_id}")
async def user(user_id: int) -> JSONResponse:
    async with app.state.pool.acquire():
        return JSONResponse({"id": user_id})
