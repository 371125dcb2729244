"""Returns dicts and says nothing of their type: jsonable_encoder looks at every value."""

from typing import Any

from scenarios.large_answer.shared import create_app, find

app = create_app()


@app.get("/books/{book_id}", response_model=None)
async def book(book_id: int) -> dict[str, Any]:
    return find(book_id)
