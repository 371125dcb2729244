"""The queries of the report, in PostgreSQL's own words, and where they are asked.

It imports next to nothing, because each of Spark's workers does.
"""

import os

URL = os.getenv("POSTGRES_URL", "postgresql://bench:bench@127.0.0.1:5432/bench")
WAIT_S = float(os.getenv("WAIT_MS", "100")) / 1000
SALES = "FROM sales, pg_sleep($2) WHERE cents >= $1 GROUP BY 1 ORDER BY 1"
PARTS = ("month", "shop", "product", "weekday")
QUERIES = tuple(f"SELECT {part}, count(*), sum(cents) {SALES}" for part in PARTS)

Row = tuple[int, int, int]  # the part, how many sales, their sum in cents
