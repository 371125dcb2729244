"""The flags that describe a workload, and the workload that they describe."""

from __future__ import annotations

import re
from argparse import Action, ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from harness.model.workload import Workload

GIVEN = Workload("/")  # with the default of every flag
SEPARATOR = r"\n"  # between headers, typed as it stands here: the web UI has one line for them
ESCAPED = re.compile(r"\\(.)")


class AddHeader(Action):
    """Collects `--header 'Name: value'`, given several times, in one line."""

    def __call__(self, _: object, options: Namespace, header: Any, __: object = None) -> None:
        """Add a header; the first one replaces the default."""
        before, escaped = getattr(options, self.dest), header.replace("\\", r"\\")
        more = before is not self.default
        setattr(options, self.dest, f"{before}{SEPARATOR}{escaped}" if more else escaped)


def add_flags(parser: ArgumentParser) -> None:
    """Add the flags, which the web UI shows as well."""
    add = parser.add_argument
    add("--path", default=GIVEN.path, help="what is asked; {key} stands for one of the keys")
    add("--keys", default=GIVEN.keys, help="drawn evenly: 1..1000, or red,green")
    add("--method", default=GIVEN.method)
    add(
        "--header",
        action=AddHeader,
        default=SEPARATOR.join(f"{name}: {value}" for name, value in GIVEN.headers.items()),
        help=f"'Name: value'; give it several times, in the web UI with {SEPARATOR} between them",
    )
    add("--body", default="", help="what is sent; @FILE takes it from a file")
    add("--status", type=int, default=GIVEN.status, help="the expected HTTP status")
    add(
        "--deadline",
        type=float,
        default=GIVEN.deadline_s,
        help="seconds after which an answer is late",
    )
    add("--idle", default=GIVEN.idle, help="the route that does no work")


def workload_of(options: Namespace) -> Workload:
    """Return the workload that the flags describe; raises ValueError where it cannot be asked."""
    headers = {}
    lines = ESCAPED.sub(lambda found: found[1].replace("n", "\n"), options.header).split("\n")
    for header in filter(None, lines):
        name, _, value = header.partition(":")
        headers[name.strip()] = value.strip()
    return Workload(
        options.path,
        keys=options.keys,
        method=options.method,
        headers=headers,
        body=_body(options.body),
        status=options.status,
        deadline_s=options.deadline,
        idle=options.idle,
    )


def _body(text: str) -> bytes:
    if not text.startswith("@"):
        return text.encode()
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise ValueError(f"--body {text} cannot be read: {error.strerror}") from error
