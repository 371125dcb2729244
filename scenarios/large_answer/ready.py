"""Returns a response: json.dumps writes it, and nobody checks it."""

from fastapi.responses import JSONResponse

from scenarios.large_answer.shared import create_app, find

app = create_app()


@app.get("/books/{book_id}")
async def book(book_id: int) -> JSONResponse:
    return JSONResponse(find(book_id))
