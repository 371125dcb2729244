"""Five `def` dependencies: FastAPI sends each of them to a thread."""

from typing import Annotated

from fastapi import Depends, Header
from fastapi.responses import JSONResponse

from scenarios.sync_dependency.shared import create_app

app = create_app()


def tenant(host: Annotated[str, Header()]) -> str:
    return host.partition(".")[0]


def language(accept_language: Annotated[str, Header()] = "en") -> str:
    return accept_language[:2]


def page(page: int = 1) -> int:
    return max(1, page)


def limit(limit: int = 20) -> int:
    return min(100, limit)


def offset(page: Annotated[int, Depends(page)], limit: Annotated[int, Depends(limit)]) -> int:
    return (page - 1) * limit


@app.get("/users/{user_id}")
async def user(
    user_id: int,
    tenant: Annotated[str, Depends(tenant)],
    language: Annotated[str, Depends(language)],
    offset: Annotated[int, Depends(offset)],
) -> JSONResponse:
    return JSONResponse({"id": user_id, "tenant": tenant, "language": language, "offset": offset})
