"""Computes inside `async def`: nothing else happens meanwhile."""

from scenarios.image_inference.model import infer
from scenarios.image_inference.shared import Labels, create_app, jpeg, labels_of

app = create_app()


@app.get("/pictures/{number}/labels")
async def labels(number: int) -> Labels:
    seen = infer(jpeg(number))
    return labels_of(number, seen)
