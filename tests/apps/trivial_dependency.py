"""A `def` dependency that returns a constant, of an `async def` route."""

from typing import Annotated

from fastapi import Depends, FastAPI

app = FastAPI()


def settings() -> dict[str, str]:
    """Return what is set."""
    return {"currency": "EUR"}


@app.get("/currency")
async def currency(found: Annotated[dict[str, str], Depends(settings)]) -> str:
    """Return the currency of all prices."""
    return found["currency"]
