"""Spark in a Java of its own, which ends with the app. Its files are in the app's folder.

A task reads with psycopg, and not through JDBC, so that pyspark and a Java are all that is needed.
"""

import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import psycopg
from pyspark import (  # type: ignore[import-not-found,unused-ignore]  # an extra
    SparkConf,
    SparkContext,
)

from scenarios.large_report.queries import QUERIES, URL, WAIT_S, Row

FOLDER = tempfile.gettempdir()
os.environ["PYSPARK_PYTHON"] = sys.executable  # of its workers, else any python3
os.environ["JDK_JAVA_OPTIONS"] = f"-Djava.io.tmpdir={FOLDER} -XX:-UsePerfData"
SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "512m",
    "spark.local.dir": FOLDER,
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def rows_of(query: str, least_cents: int) -> list[Row]:
    with psycopg.connect(URL, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        return connection.execute(query, (least_cents, WAIT_S)).fetchall()


@asynccontextmanager
async def open_context() -> AsyncIterator[SparkContext]:
    settings = SparkConf().setAll(list(SETTINGS.items()))
    master = os.getenv("SPARK_URL", "local[8]")
    with SparkContext(master, "large_report", conf=settings) as context:
        places = context.defaultParallelism
        every = context.parallelize([QUERIES[0]] * places, places)
        every.map(partial(rows_of, least_cents=0)).collect()  # all its workers start
        yield context
