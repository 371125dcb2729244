"""Returns dicts and says what they are: pydantic checks them and writes the JSON."""

from typing import Any

from scenarios.large_answer.models import Book
from scenarios.large_answer.shared import create_app, find

app = create_app()


@app.get("/books/{book_id}", response_model=Book)
async def book(book_id: int) -> dict[str, Any]:
    return find(book_id)
