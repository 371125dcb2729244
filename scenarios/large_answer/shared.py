"""What the variants hold in common, so that a diff of them shows only the treatment.

The table of contents of a book, as dicts: so drivers of databases and other services give it.
"""

import os
from typing import Any

from fastapi import FastAPI

CHAPTERS = int(float(os.getenv("CHAPTERS", "700")))


def find(book_id: int) -> dict[str, Any]:
    chapters = [
        {
            "id": n,
            "title": f"chapter {n}",
            "words": 1000 + n,
            "free": n == 1,
            "volume": n // 100,
            "price": 0.5,
            "summary": f"what happens in chapter {n}",
        }
        for n in range(1, CHAPTERS + 1)
    ]
    return {"id": book_id, "chapters": chapters}


def create_app() -> FastAPI:
    app = FastAPI()

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
