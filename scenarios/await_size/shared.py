"""What the variants hold in common, so that a diff of them shows only the treatment."""

import os

from fastapi import FastAPI
from pydantic import BaseModel

ITEMS = int(float(os.getenv("ITEMS", "10000")))
BATCH = int(float(os.getenv("BATCH", "100")))


class Checksum(BaseModel):
    seed: int
    value: int


def create_app() -> FastAPI:
    app = FastAPI()

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
