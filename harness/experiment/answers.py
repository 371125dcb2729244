"""Whether all variants give the same answers, before any load."""

from __future__ import annotations

import json
import time
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from harness.experiment.tracebacks import explained
from harness.model.errors import BenchError
from harness.model.workload import FIRST_CLOSE, Request, Workload
from harness.system.ask import Answered, ask

SHOWN = 200  # bytes of the first line of a wrong answer
RAISED = 500  # and above: statuses of an app that failed itself
LEADS_ELSEWHERE = range(300, 400)
APART_S = 0.002  # between two answers that must be the same: a time in ms is another by then
OTHER = {"exact": "other bytes", "shape": "JSON of another shape", "status": "another status"}
LOOSER = {"exact": "shape", "shape": "status"}  # how answers may be compared instead
_AUTHORIZED = "give what it asks for, such as --header 'Authorization: Bearer ${TOKEN}'"
_FOUND = "correct the path or the method; bench.py app --routes lists those of an app"
_VALID = "give what it needs, such as --param NAME=VALUE, --body TEXT or --body @FILE"
REMEDIES = {
    HTTPStatus.BAD_REQUEST: _VALID,
    HTTPStatus.UNAUTHORIZED: _AUTHORIZED,
    HTTPStatus.FORBIDDEN: _AUTHORIZED,
    HTTPStatus.NOT_FOUND: _FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: _FOUND,
    HTTPStatus.CONFLICT: "ask something that can be asked again: each request is sent many times",
    HTTPStatus.UNPROCESSABLE_ENTITY: _VALID,
}


class Answers:
    """What was answered to the samples of a workload so far, which later variants must repeat."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._known: dict[int, str] = {}  # number of the sample -> digest of its answer

    def check(self, url: str, label: str, hint: str, log: Path | None = None) -> None:
        """Ask the samples of the server at `url`, whose name for people is `label`.

        What nobody was asked before is asked twice, and where shapes are compared, everything.
        Raises BenchError where an answer has another status than the workload says, with the
        exception in the server's `log` that made it so; where it is not the same each time, or
        not that of the servers before; one of UNANSWERED where nobody answers. `hint` is the
        remedy for a wrong status; one is found where it is empty.
        """
        same = self._workload.same
        for number, request in enumerate(self._workload.samples):
            found = digest(self._workload, self._right(url, label, hint, log, request))
            if number not in self._known or same == "shape":
                time.sleep(APART_S)
                again = digest(self._workload, self._right(url, label, hint, log, request))
                if again != found:
                    raise _changing(f"{label}: {request.name}", same)
            if self._known.setdefault(number, found) != found:
                raise BenchError(
                    f"{label} answers {request.path} with {OTHER[same]} than the variants "
                    "before it",
                    hint="variants differ in how, never in what: fix it",
                )

    def _right(self, url: str, label: str, hint: str, log: Path | None, request: Request) -> bytes:
        """Return the body of an answer that has the right status."""
        answered = ask(url, request)
        if answered.status == self._workload.right:
            return answered.body
        line = answered.body.strip().partition(b"\n")[0][:SHOWN].decode(errors="replace").strip()
        if answered.status >= FIRST_CLOSE:
            said = f"{label} closed {request.name} with {answered.status}"
        else:
            right = self._workload.right
            said = f"{label} answered {answered.status} to {request.name}, where {right} is right"
        said += f": {line}" if line else ""
        if log is not None and answered.status >= RAISED:
            said = explained(said, log)
        raise BenchError(said, hint=hint or remedy(answered))


def digest(workload: Workload, body: bytes) -> str:
    """Return a digest of what must be the same of an answer: all of it, its shape, or nothing."""
    match workload.same:
        case "exact":
            told = body
        case "shape":
            told = shape(body).encode()
        case "status":
            told = b""
    return sha256(told).hexdigest()


def shape(body: bytes) -> str:
    """Return the keys and types of a body of JSON; of a list the shapes that occur in it."""
    try:
        return _shape(json.loads(body))
    except ValueError:
        return "no JSON"


def _shape(value: object) -> str:
    match value:
        case dict():
            return f"{{{', '.join(f'{key!r}: {_shape(value[key])}' for key in sorted(value))}}}"
        case list():
            return f"[{' | '.join(sorted({_shape(one) for one in value}))}]"
        case bool() | str() | None:
            return type(value).__name__
        case _:
            return "number"  # which JSON has one kind of


def remedy(answered: Answered) -> str:
    """Return what to do about an answer of a wrong status."""
    if answered.status in REMEDIES:
        return REMEDIES[HTTPStatus(answered.status)]
    if answered.status in LEADS_ELSEWHERE and (place := answered.headers.get("Location")):
        return f"ask the path to which it leads: {place}"
    if answered.status >= FIRST_CLOSE:
        return "let it answer each message and wait for the next; what it raises is in its log"
    if answered.status >= RAISED:
        return "fix what it raises, which its log names"
    return f"where that is right, say so: --status {answered.status}"


def _changing(what: str, same: str) -> BenchError:
    looser = LOOSER[same]
    compared = {"shape": "the keys and types of its JSON", "status": "nothing but its status"}
    return BenchError(
        f"{what} gives {OTHER[same]} each time it is asked",
        hint=f'--same {looser}, or same = "{looser}" in pyproject.toml, compares '
        f"{compared[looser]}",
    )
