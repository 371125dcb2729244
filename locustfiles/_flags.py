"""The flags that describe a workload, and the workload that they describe."""

from __future__ import annotations

import re
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from harness.model.workload import Protocol, Same, Workload

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
        help="'Name: value', or @FILE with a line for each; give it several times, in the web UI "
        f"with {SEPARATOR} between them",
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
    add(
        "--same",
        choices=get_args(Same),
        default=GIVEN.same,
        help="exact: a right answer has the same bytes each time; else its status is enough",
    )
    add(
        "--protocol",
        choices=get_args(Protocol),
        default=GIVEN.protocol,
        help="websocket: each connection is a socket, and the body is the message",
    )


def workload_of(options: Namespace) -> Workload:
    """Return the workload that the flags describe; raises ValueError where it cannot be asked."""
    headers = {}
    for header in filter(None, _lines(options.header)):
        name, _, value = header.partition(":")
        headers[name.strip()] = value.strip()
    body = options.body
    return Workload(
        options.path,
        keys=options.keys,
        method=options.method,
        headers=headers,
        body=_read("--body", body) if body.startswith("@") else body.encode(),
        status=options.status,
        deadline_s=options.deadline,
        idle=options.idle,
        same=options.same,
        protocol=options.protocol,
    )


def _lines(headers: str) -> Iterator[str]:
    """Yield the headers that were given, those of files too, where one begins with @."""
    for line in ESCAPED.sub(lambda found: found[1].replace("n", "\n"), headers).split("\n"):
        if line.startswith("@"):
            yield from _read("--header", line).decode().split("\n")
        else:
            yield line


def _read(flag: str, text: str) -> bytes:
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise ValueError(f"{flag} {text} cannot be read: {error.strerror}") from error
