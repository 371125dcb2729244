"""asyncio.gather, with a connection for each query: one connection refuses a second query."""

import asyncio

from scenarios.large_report.asyncpg_pool import open_pool, rows_of
from scenarios.large_report.queries import QUERIES
from scenarios.large_report.shared import Report, create_app

app = create_app(open_pool)


@app.get("/reports/{least_cents}")
async def report(least_cents: int) -> Report:
    parts = await asyncio.gather(
        *(rows_of(app.state.source, query, least_cents) for query in QUERIES)
    )
    return Report(least_cents=least_cents, parts=parts)
