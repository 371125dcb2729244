"""A thread and a connection for each query, with a driver that blocks."""

import asyncio

from fastapi.concurrency import run_in_threadpool

from scenarios.large_report.psycopg_pools import open_pool, rows_of
from scenarios.large_report.queries import QUERIES
from scenarios.large_report.shared import Report, create_app

app = create_app(open_pool)


@app.get("/reports/{least_cents}")
async def report(least_cents: int) -> Report:
    parts = await asyncio.gather(
        *(run_in_threadpool(rows_of, app.state.source, query, least_cents) for query in QUERIES)
    )
    return Report(least_cents=least_cents, parts=parts)
