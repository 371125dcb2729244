"""aiofiles: an await on the outside, and inside a thread for each call."""

import aiofiles

from scenarios.file_read.shared import Page, create_app, page

app = create_app()


@app.get("/files/{number}")
async def read(number: int) -> Page:
    async with aiofiles.open(app.state.file, "rb") as file:
        content = await file.read()
    return page(number, content)
