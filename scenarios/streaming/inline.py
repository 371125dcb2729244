"""An async generator: every chunk is made where it is sent."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

from scenarios.streaming.shared import CHUNKS, create_app, line

app = create_app()


async def lines(report_id: int) -> AsyncIterator[bytes]:
    for n in range(CHUNKS):
        yield line(report_id, n)


@app.get("/reports/{report_id}")
async def report(report_id: int) -> StreamingResponse:
    return StreamingResponse(lines(report_id), media_type="text/plain")
