"""aiofiles: an await on the outside, and inside a trip to a thread for every chunk."""

import aiofiles

from scenarios.file_read.shared import CHUNK, Checksum, create_app, sample

app = create_app()


@app.get("/files/{start}")
async def read(start: int) -> Checksum:
    value = start
    async with aiofiles.open(app.state.file, "rb") as file:
        while chunk := await file.read(CHUNK):
            value = sample(value, chunk)
    return Checksum(start=start, value=value)
