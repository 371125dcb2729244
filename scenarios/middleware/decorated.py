"""Two of `@app.middleware("http")`: each makes a task and a stream for every request."""

from fastapi import Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from scenarios.middleware.shared import create_app, with_header

app = create_app()


@app.middleware("http")
async def request_id(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return with_header(await call_next(request), "X-Request-Id", "7")


@app.middleware("http")
async def deployment(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return with_header(await call_next(request), "X-Deployment", "blue")
