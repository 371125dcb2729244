"""The root command: finds the command that is named, and turns errors into words and exit codes."""

from __future__ import annotations

import signal
import tomllib
import traceback
from importlib import import_module
from typing import NoReturn

import click

from harness.cli.errors import refusal
from harness.model.errors import BenchError
from harness.project import ROOT

COMMANDS = {  # a module of this package each, imported when it is called
    "run": "Measure, judge, draw: what bench.py does where no command is named.",
    "app": "Measure your own app: what a route can do, why not more, and what would change that.",
    "list": "Show every scenario: its question, its variants, its knobs.",
    "plan": "Show what a run would do, in which order, and how long it takes.",
    "report": "Draw a recorded run again.",
    "talk": "Make the slides of a recorded run, with notes, in one HTML file.",
    "claim": "Show what stands behind a number of page or deck.",
    "gate": "Say whether a change made anything slower.",
    "compare": "Show two recorded runs beside each other.",
    "history": "Keep the ratios of runs, and say where they changed from commit to commit.",
    "map": "Predict what blocking, threads and awaiting would serve; nothing is measured.",
    "doctor": "Look for what would spoil a measurement here, and say how to fix it.",
    "selfcheck": "Measure what is known beforehand: whether this instrument is sound here.",
}
IMPLIED = "harness.cli.implied"  # in a context's meta, where `run` was not written


class Refusal(click.ClickException):
    """Something that the user can fix: what, where, what to do, and exit code 2."""

    exit_code = 2

    def __init__(self, error: BenchError) -> None:
        super().__init__(f"{error}\nHint: {error.hint}")


class Commands(click.Group):
    """The commands. Without a command, the words are those of `run`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None where there is none of this name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"harness.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` in front, unless a command is named."""
        if not args or args[0] not in {*COMMANDS, "-h", "--help", "--version"}:
            ctx.meta[IMPLIED] = True
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command.

        Exit code 2 is for what the user can fix, 130 for Ctrl-C, 3 for a fault of bench.py itself
        (1 says that something became slower).
        """
        try:
            return super().invoke(ctx)
        except BenchError as error:
            raise Refusal(error) from error
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            raise SystemExit(130) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except OSError as error:
            if found := refusal(error):
                raise Refusal(found) from error
            _own_fault()
        except Exception:  # noqa: BLE001  exit code 1 would say that something became slower
            _own_fault()


def _own_fault() -> NoReturn:
    """Print the error that is being handled, and end with exit code 3."""
    traceback.print_exc()
    click.echo(
        "This is a fault of bench.py itself. Report it with the lines above, please.", err=True
    )
    raise SystemExit(3) from None


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _print_version(
    ctx: click.Context,
    _: click.Parameter,
    wanted: bool,  # noqa: FBT001  click calls it so
) -> None:
    if wanted and not ctx.resilient_parsing:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        method = import_module("harness.store.run").METHOD
        click.echo(f"{project['name']} {project['version']}, method {method}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and the method, and exit.",
)
def bench() -> None:
    """Measure when async pays off in FastAPI, and what a blocking call really costs.

    \b
      bench.py                                 run everything, draw the charts
      bench.py postgres_read --profile smoke   see in a minute that it works
      bench.py list                            the questions that can be asked
      bench.py app shop.main:app               your own app: what bounds it, what helps?
      bench.py app shop.main:app --get /       why is this route of my app slow?
      bench.py gate --base main                is this checkout slower than main?

    Every answer is a ratio of two variants that were measured side by side, block by block, with
    its interval. Where the data cannot decide, it says "no answer".
    """  # noqa: D301  click keeps the lines after a backspace as they are
    signal.signal(signal.SIGTERM, _interrupt)
