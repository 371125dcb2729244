"""A `def` that returns a constant: the trip to a thread costs more than the work."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/version")
def version() -> dict[str, str]:
    """Return what is deployed."""
    return {"version": "1.4.2"}
