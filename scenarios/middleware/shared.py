"""What the variants hold in common, so that a diff of them shows only the treatment."""

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse


def with_header(response: Response, name: str, value: str) -> Response:
    response.headers[name] = value
    return response


def create_app() -> FastAPI:
    app = FastAPI()

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    @app.get("/users/{user_id}")
    async def user(user_id: int) -> JSONResponse:
        return JSONResponse({"id": user_id})

    return app
