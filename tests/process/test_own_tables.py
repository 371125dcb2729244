"""The tables of a scenario in somebody's PostgreSQL."""

from __future__ import annotations

import asyncio
from contextlib import closing
from urllib.parse import urlsplit

import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from harness.catalogue import catalogue
from harness.services import provide
from harness.services.postgres import Postgres
from harness.services.provide import ProcessStarter, provided
from harness.services.service import Start
from harness.system.processes import ProcessSupervisor


@pytest.mark.parametrize("may_create", [True, False], ids=["database", "schema"])
def test_a_server_given_by_url_gets_tables_that_go_again_and_is_left_as_it_was(
    supervisor: ProcessSupervisor,
    monkeypatch: pytest.MonkeyPatch,
    may_create: bool,  # noqa: FBT001  pytest gives it by its name
) -> None:
    """However the measuring ends; every driver takes the URL, for it says nothing but where."""
    if why := provide.lacking("postgres"):
        pytest.skip(str(why))
    begin = Start(catalogue()["postgres_read"], supervisor, supervisor.folder)
    with Postgres().started(begin) as server:
        theirs = theirs_of(server.url, may_create=may_create)
        monkeypatch.setenv("POSTGRES_URL", theirs)
        before = settings_of(theirs)

        def measure() -> None:
            with provided(begin, ProcessStarter(begin)) as found:
                service = found["postgres"]
                assert service.provider == "given by URL"
                assert "?" not in service.url
                assert (urlsplit(service.url).path == "/fastapi_bench") == may_create
                assert one(service.url, "SELECT count(*) FROM users") >= 1000
                assert asyncio.run(by_asyncpg(service.url)) >= 1000
                raise KeyboardInterrupt

        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                measure()
            assert settings_of(theirs) == before


def theirs_of(url: str, *, may_create: bool) -> str:
    """Return the URL of an account and its database, with a setting of its own."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        more = "CREATEDB" if may_create else ""
        cursor.execute(f"CREATE ROLE me LOGIN PASSWORD 'secret' {more}")
        cursor.execute("CREATE DATABASE shop OWNER me")
        cursor.execute("""ALTER ROLE me IN DATABASE shop SET search_path TO "$user", public""")
    return f"postgresql://me:secret@{urlsplit(url).netloc.rpartition('@')[2]}/shop"


def settings_of(url: str) -> list[object]:
    """Return what the account has set, and which databases and schemas there are."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT setconfig::text FROM pg_db_role_setting UNION ALL"
            " SELECT datname FROM pg_database UNION ALL SELECT nspname FROM pg_namespace ORDER BY 1"
        )
        return [value for (value,) in cursor.fetchall()]


async def by_asyncpg(url: str) -> int:
    """Return how many users SQLAlchemy finds by asyncpg."""
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM users"))
    await engine.dispose()
    return int(found.scalar_one())


def one(url: str, query: str) -> int:
    """Return the one number that a query gives."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        (number,) = cursor.fetchone() or (0,)
        return int(number)
