"""A Spark job with a task for each query. Every call of Spark blocks, so the route is a `def`."""

from functools import partial

from scenarios.large_report.queries import QUERIES
from scenarios.large_report.shared import Report, create_app
from scenarios.large_report.spark_context import open_context, rows_of

app = create_app(open_context)


@app.get("/reports/{least_cents}")
def report(least_cents: int) -> Report:
    tasks = app.state.source.parallelize(QUERIES, len(QUERIES))
    parts = tasks.map(partial(rows_of, least_cents=least_cents)).collect()
    return Report(least_cents=least_cents, parts=parts)
