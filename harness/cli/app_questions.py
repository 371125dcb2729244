"""The routes that `bench.py app` asks, each as a workload."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.cli.app_table import Route
from harness.model.errors import BenchError
from harness.model.own_app import RAW
from harness.model.workload import Same, Workload, key_values

PARAMETER = re.compile(r"(?<!\$)\{(\w+)(?::\w+)?\}")  # of a path or a body; ${NAME} is another
DEADLINE_S = 2.0
ACCEPT = {"Accept": "*/*"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the command line says of all routes; None or empty where it says nothing.

    `body` may be @FILE, of which the path counts from the `project`. `idle` is the route that does
    no work.
    """

    project: Path
    idle: str
    deadline_s: float
    body: str | None = None
    headers: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    status: int | None = None
    same: Same | None = None

    def question(self, route: Route) -> Workload:
        """Return a route as a workload; what the command line says of it wins over the file.

        Raises BenchError where it cannot be asked.
        """
        (method, path), text = route.named, self._body(route)
        values = self._values(f"{method} {path}", path, text, route)
        many = next((one for one, found in values.items() if len(key_values(found)) > 1), None)

        def value(found: re.Match[str]) -> str:
            if found[1] not in values:
                return found[0]
            return "{key}" if found[1] == many else key_values(values[found[1]])[0]

        kind = JSON if _is_json(PARAMETER.sub("0", text)) else {}
        try:
            return Workload(
                PARAMETER.sub(value, path),
                keys=values[many] if many else "1",
                method=method,
                headers=_merged({**ACCEPT, **kind}, route.headers, _headers(self.headers)),
                body=PARAMETER.sub(value, text).encode(errors=RAW),
                status=self.status or route.status,
                deadline_s=self.deadline_s,
                idle=self.idle,
                same=self.same or route.same,
            )
        except ValueError as error:
            raise BenchError(
                f"{method} {path} cannot be asked: {error}",
                hint="correct it on the command line, or in pyproject.toml",
            ) from error

    def require_used(self, asked: Iterable[Route]) -> None:
        """Raise BenchError where a parameter of the command line stands in none of these routes."""
        texts = (route.named[1] + self._body(route) for route in asked)
        found = {one for text in texts for one in PARAMETER.findall(text)}
        for name in pairs("--param", self.params):
            if name not in found:
                raise BenchError(
                    f"the parameter {name} stands in no path and no body",
                    hint=f"write {{{name}}} where its values belong, as in "
                    f"--get '/products?{name}={{{name}}}'",
                )

    def _values(self, name: str, path: str, body: str, route: Route) -> dict[str, str]:
        """Return the values of each parameter of a route, as written; one may have several."""
        given = {**route.params, **pairs("--param", self.params)}
        for one in PARAMETER.findall(path):
            if one not in given:
                raise BenchError(
                    f"path parameter without values: {{{one}}} in {name}",
                    hint=f"--param {one}=1..1000, or "
                    f'params = {{{one} = "1..1000"}} in pyproject.toml',
                )
        used = PARAMETER.findall(path + body)
        values = {one: text for one, text in given.items() if one in used}
        many = {one: all_[0] for one, text in values.items() if len(all_ := _of(one, text)) > 1}
        if len(many) > 1:
            *_, last = many
            raise BenchError(
                f"several parameters of {name} have many values: {', '.join(many)}",
                hint=f"give all but one a single value, such as --param {last}={many[last]}",
            )
        return values

    def _body(self, route: Route) -> str:
        """Return the body of a route as text, in which bytes that are none stay as they are."""
        text = route.body or "" if self.body is None else self.body
        if not text.startswith("@"):
            return text
        file = self.project / text[1:]
        try:
            return file.read_bytes().decode(errors=RAW)
        except OSError as error:
            raise BenchError(
                f"the body {file} cannot be read: {error.strerror}",
                hint=f"paths count from the project, which is {self.project}",
            ) from error


def pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    """Return what several NAME=VALUE say; raises BenchError where one is written otherwise."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise BenchError(f"{option} {text!r} is no NAME=VALUE", hint=f"{option} NAME=VALUE")
        found[name] = value
    return found


def _of(name: str, text: str) -> Sequence[str]:
    try:
        return key_values(text)
    except ValueError as error:
        hint = f"such as --param {name}=1..1000"
        raise BenchError(f"the values of the parameter {name}: {error}", hint=hint) from error


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _headers(texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, colon, value = text.partition(":")
        if not colon:
            hint = "write it like --header 'Authorization: Bearer ${TOKEN}'"
            raise BenchError(f"--header {text!r} is no header", hint=hint)
        found[name.strip()] = value.strip()
    return found


def _merged(*several: Mapping[str, str]) -> dict[str, str]:
    """Return all headers, each name once however it is written; the last one wins."""
    return dict({name.lower(): (name, one[name]) for one in several for name in one}.values())
