"""A sync generator: every chunk is fetched from a thread."""

from collections.abc import Iterator

from fastapi.responses import StreamingResponse

from scenarios.streaming.shared import CHUNKS, create_app, line

app = create_app()


def lines(report_id: int) -> Iterator[bytes]:
    for n in range(CHUNKS):
        yield line(report_id, n)


@app.get("/reports/{report_id}")
async def report(report_id: int) -> StreamingResponse:
    return StreamingResponse(lines(report_id), media_type="text/plain")
