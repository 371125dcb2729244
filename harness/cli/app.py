"""`bench.py app`: somebody's own app, why a route of it is slow, and what would change that."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console

from harness.cli import app_runs, gate
from harness.cli.app_config import Config, Said, configured
from harness.cli.app_table import METHODS
from harness.cli.options import results, seed
from harness.cli.parameters import Duration, Share
from harness.experiment import own_gate
from harness.experiment.own_visit import questions_of, routes
from harness.judge.screening import MARGIN
from harness.model.errors import BenchError
from harness.model.own_app import OwnApp
from harness.model.workload import Same
from harness.system.ports import free_port

COUNT = click.IntRange(1)


@click.command("app")
@click.argument("target", required=False)
@click.option(
    "--project",
    type=click.Path(path_type=Path),
    default=".",
    metavar="DIR",
    help="The app's folder, from which it is imported, and from which all other paths count.  "
    "[default: the current one]",
)
@click.option("--get", multiple=True, metavar="PATH", help="Ask this path; give it several times.")
@click.option("--post", multiple=True, metavar="PATH", help="The same with POST.")
@click.option("--put", multiple=True, metavar="PATH", help="The same with PUT.")
@click.option("--patch", multiple=True, metavar="PATH", help="The same with PATCH.")
@click.option("--delete", multiple=True, metavar="PATH", help="The same with DELETE.")
@click.option("--body", metavar="TEXT|@FILE", help="What is sent.")
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Send this header. ${NAME} in it, in a body and in a path is read from the environment, "
    "and not recorded; but for the path of a request that fails.",
)
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUES",
    help="What takes the place of {NAME} in path and body: 1..1000, or red,green, drawn evenly.",
)
@click.option("--status", type=int, metavar="NUMBER", help="The right status.  [default: 200]")
@click.option(
    "--same",
    type=click.Choice(get_args(Same)),
    help="What is alike in right answers: every byte, the keys and types of the JSON (compared "
    "before the load), or the status alone.  [default: exact]",
)
@click.option("--factory", is_flag=True, help="TARGET is a function that makes the app.")
@click.option(
    "--python",
    metavar="PATH",
    help="The interpreter that has the app's packages.  [default: .venv/bin/python where it is]",
)
@click.option("--env-file", metavar="FILE", help="Lines of NAME=VALUE that the app is told.")
@click.option(
    "--env",
    "environment",
    multiple=True,
    metavar="NAME=VALUE",
    help="Tell the app this. It inherits little else.",
)
@click.option(
    "--server",
    metavar="COMMAND",
    help="What serves the app, with {app}, {host} and {port} in it.  [default: uvicorn]",
)
@click.option("--workers", type=COUNT, help="How many processes the server has.  [default: 1]")
@click.option("--clients", type=COUNT, help="How many ask at once.  [default: 64]")
@click.option(
    "--deadline",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="After so long an answer is too late.  [default: 2]",
)
@click.option(
    "--try",
    "tries",
    multiple=True,
    metavar="NAME=VALUE",
    help="Measure the app with this in its environment beside the app as it is.",
)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Serve the app there.")
@click.option("--routes", "lists", is_flag=True, help="List all routes, and send nothing.")
@click.option("--base", metavar="REF", help="Compare with where the checkout left this commit.")
@click.option("--head", metavar="REF", help="With --base: compare this commit.")
@click.option("--margin", type=Share(), help="With --base: the smallest slowdown.  [default: 3%]")
@click.option(
    "--budget",
    type=Duration(),
    default="10m",
    show_default=True,
    help="With --base: how long it may take.",
)
@click.option("--strict", is_flag=True, help="With --base: let nothing unclear pass.")
@click.option("--json", "as_json", is_flag=True, help="Print the answers as JSON.")
@seed
@results
@click.option(
    "--profile",
    type=click.Choice(["smoke", "quick"]),
    default="quick",
    show_default=True,
    help="How long to measure: smoke only shows that everything works.",
)
def command(
    *,
    lists: bool,
    base: str | None,
    head: str | None,
    margin: float | None,
    budget: float,
    strict: bool,
    as_json: bool,
    seed: int,
    results: Path,
    profile: str,
    port: int,
    **said: Any,  # noqa: ANN401  click's own: the fields of Said
) -> None:
    """Measure your own app: what a route can do, why not more, and what would change that.

    TARGET is an import string, or the address of an app that runs already. An app is served by its
    own interpreter, from its own folder. Nothing in its files is touched.

    \b
      bench.py app shop.main:app --routes
      bench.py app shop.main:app --get /products/1
      bench.py app shop.main:app --get '/products/{id}' --param id=1..1000 --same shape
      bench.py app shop.main:app --post /orders --body @order.json --status 201 \\
          --header 'Authorization: Bearer ${TOKEN}' --env-file .env
      bench.py app --factory shop.main:create --get / --try POOL_SIZE=20
      bench.py app http://127.0.0.1:8000 --get /products/1
      bench.py app shop.main:app --get /products/1 --base main

    Where no route is named, up to three that read and need no parameter are asked. All of it may
    stand in the project's pyproject.toml, so that `bench.py app` is enough; what is written here
    comes before it:

    \b
      [tool.fastapi-bench]
      app = "shop.main:app"        # factory, python, server, workers, clients, deadline as above
      env-file = ".env"            # and environment = {NAME = "value"}, try = {NAME = "value"}
      seed = "python seed.py"      # ends before the app is measured; `start` runs beside it
      [[tool.fastapi-bench.routes]]
      get = "/products/{id}"       # or post, put, patch, delete; body, headers, status, same
      params = {id = "1..1000"}

    \b
    Exit codes
      0  measured; with --base, nothing is slower
      1  with --base: a confirmed regression
      2  something is wrong with what was asked
      3  with --base: nothing valid could be measured; or bench.py itself failed
      4  with --base and --strict: something is unclear
    """  # noqa: D301  click keeps the lines after a backspace as they are
    if head and not base:
        raise BenchError("--head needs --base", hint="name what it is compared with: --base main")
    if port:
        free_port(port)
    asked = [(name.upper(), path) for name in METHODS for path in said.pop(name)]
    config = configured(Said(routes=tuple(asked), port=port, **said))
    lines = Console(highlight=False, markup=False, soft_wrap=True, stderr=as_json)
    if config.is_url:
        _require_nothing_inside(
            config.own, {"--try": said["tries"], "--routes": lists, "--base": base, "--port": port}
        )
    if lists:
        described = routes(config.own)
        text = json.dumps(described, indent=1) if as_json else "\n".join(app_runs.table(described))
        click.echo(text)
        return
    own = _with_questions(config, lines)
    questions_of(own)
    if base:
        started = own_gate.start(
            own,
            base=base,
            head=head,
            margin=margin or MARGIN,
            seconds=budget,
            seed=seed,
            results=results,
            say=lambda doing: lines.print(f"… {doing}"),
        )
        gate.carry_out(started, margin or MARGIN, lines, strict=strict, as_json=as_json)
    terms = app_runs.Terms(profile=profile, seed=seed, results=results)
    found = (app_runs.running if config.is_url else app_runs.served)(own, terms, lines)
    if as_json:
        click.echo(json.dumps(_finite(found), indent=1))


def _with_questions(config: Config, lines: Console) -> OwnApp:
    """Return the app with the questions that are named, or else those that its routes suggest."""
    if config.own.questions:
        return config.own
    own, left_out = config.asked_of_itself(routes(config.own))
    for one in left_out:
        lines.print(f"Not asked: {one}")
    return own


def _require_nothing_inside(own: OwnApp, given: Mapping[str, object]) -> None:
    """Raise BenchError where an app that runs already is asked for what can only be seen inside."""
    url = own.app.target
    for option in (name for name, value in given.items() if value):
        raise BenchError(
            f"{option} needs an app that is served here, and {url} runs already",
            hint="give its import string: bench.py app shop.main:app",
        )
    if not own.questions:
        raise BenchError(
            f"no route of {url} is named", hint=f"name one: bench.py app {url} --get /products/1"
        )


def _finite(value: Any) -> Any:  # noqa: ANN401  as JSON has it
    """Return it without infinity, which JSON does not have, and which is never measured."""
    match value:
        case dict():
            return {key: _finite(one) for key, one in value.items()}
        case list():
            return [_finite(one) for one in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
