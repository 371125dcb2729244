"""Apps that are imported into this process, and asked there."""

from __future__ import annotations

import asyncio
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import httpx


def imported(file: Path) -> Any:
    """Import a file."""
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written(file: Path, code: str) -> Any:
    """Write a module, and import it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
    return imported(file)


def asked(app: Any, path: str, method: str = "GET", times: int = 1) -> httpx.Response:
    """Return the answer to a request, the last of so many; raises what the app raises."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            for _ in range(times - 1):
                await client.request(method, path)
            return await client.request(method, path)

    return asyncio.run(ask())
