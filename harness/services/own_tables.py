"""Tables of our own in somebody's PostgreSQL, by a plain URL that every driver takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, cursor

NAME = "fastapi_bench"  # of all that we create in somebody's server, and drop again
MARK = "made by bench.py, which drops it"  # the comment on it
PATIENCE_S = 5.0


def connect(url: str, patience_s: float = PATIENCE_S) -> connection:
    """Connect; raises psycopg2.Error where nobody answers."""
    return psycopg2.connect(url, connect_timeout=max(1, round(patience_s)))


@contextmanager
def transaction(url: str) -> Iterator[cursor]:
    """Yield what runs statements, which are committed together."""
    with closing(connect(url)) as opened, opened, opened.cursor() as run:
        yield run


def seed(url: str, script: str) -> str:
    """Run a script in a database of our own, and return its URL.

    Where the account may create none, it is a schema that all its connections to this database find
    first until `forget`. Raises psycopg2.Error where neither is allowed, or the script fails.
    """
    forget(url)
    own = urlsplit(url)._replace(path=f"/{NAME}").geturl()
    try:
        with _one_by_one(url) as run:
            run.execute(f"CREATE DATABASE {NAME} TEMPLATE template0")
            run.execute(f"COMMENT ON DATABASE {NAME} IS '{MARK}'")
        connect(own).close()  # a pooler may not let us
    except psycopg2.Error:
        forget(url)
        own = url
        with transaction(url) as run:
            run.execute(f"CREATE SCHEMA {NAME}")
            # The comment keeps what is restored, should we be killed.
            comment = sql.SQL("COMMENT ON SCHEMA {} IS {}")
            kept = sql.Literal(f"{MARK}:{_search_path(run)}")
            run.execute(comment.format(sql.Identifier(NAME), kept))
            _set_search_path(run, NAME)
    with transaction(own) as run:
        run.execute(script)
    return own


def forget(url: str) -> None:
    """Drop what is ours, and restore what we changed."""
    with suppress(psycopg2.Error), _one_by_one(url) as run:
        run.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s"
            " AND shobj_description(oid, 'pg_database') = %s",
            (NAME, MARK),
        )
        if run.fetchone():
            run.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    with suppress(psycopg2.Error), transaction(url) as run:
        run.execute(
            "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s",
            (NAME,),
        )
        (comment,) = run.fetchone() or (None,)
        mark, found, search_path = str(comment).partition(":")
        if found and mark == MARK:
            run.execute(f"DROP SCHEMA {NAME} CASCADE")
            _set_search_path(run, search_path)


def _search_path(run: cursor) -> str:
    """Return the search path that the account has in this database, nothing where it has none."""
    run.execute(
        "SELECT unnest(setconfig) FROM pg_db_role_setting"
        " JOIN pg_database ON pg_database.oid = setdatabase JOIN pg_roles ON pg_roles.oid = setrole"
        " WHERE datname = current_database() AND rolname = current_user"
    )
    settings = dict(str(setting).split("=", 1) for (setting,) in run.fetchall())
    return settings.get("search_path", "")


def _set_search_path(run: cursor, search_path: str) -> None:
    """Set the search path that the account has in this database, or reset it to none."""
    run.execute("SELECT current_database()")
    (database,) = run.fetchone() or ("",)
    # As the server itself wrote it: names in quotes where they need them.
    change = f"SET search_path TO {search_path}" if search_path else "RESET search_path"
    run.execute(
        sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} {}").format(
            sql.Identifier(database), sql.SQL(change)
        )
    )


@contextmanager
def _one_by_one(url: str) -> Iterator[cursor]:
    """Yield what runs statements, each committed at once."""
    with closing(connect(url)) as opened:
        opened.autocommit = True
        with opened.cursor() as run:
            yield run
