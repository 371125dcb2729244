"""Every doubt we know, each with its remedy: caveats, and reasons to discard a block."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from harness.model.facts import CLOSED, Measurement
from harness.model.scenario import Scenario


class Reason(Enum):
    """Something to be said against a number: (what is so, what would fix it)."""

    @property
    def says(self) -> str:
        """What is so, as a clause."""
        return str(self.value[0])

    @property
    def remedy(self) -> str:
        """What would fix it."""
        return str(self.value[1])


class Caveat(Reason):
    """A reason to trust a number less. It travels with the number to the chart."""

    SIMULATED = (
        "simulated: drawn from the theory, not measured",
        "run it on real servers: --on host",
    )
    UNPINNED = (
        "this platform cannot pin processes to cores: server and load moved about",
        "measure on Linux for narrower intervals",
    )
    ONE_CORE = (
        "server, load and services shared one core",
        "measure on a machine with two cores or more",
    )
    ONE_SERVER_CORE = (
        "the server had one core, so worker processes could add no capacity",
        "measure on a machine with four cores or more",
    )
    CO_LOCATED = (
        "load generator and services shared a core: trust the ratios more than the levels",
        "measure on a machine with four cores or more",
    )
    TARGET = (
        (
            "somebody else's server: its CPU, its memory and what else it does are not known, and "
            "the loads are shares of what it served"
        ),
        "measure it as a variant of a scenario",
    )
    ABOVE_CEILING = (
        "measured above its own ceiling: the theory or the probe is wrong",
        "report it with the results folder; it is a bug",
    )
    BACKLOG = (
        (
            "requests that were answered went on working, and ever more of them: the capacity is "
            "that of answering, not of the work behind it"
        ),
        "bound what runs in the background, or claim what is asked of the services per request",
    )
    LIBRARIES = (
        (
            "some variants differ in their libraries as well as in who waits, so a ratio between "
            "them is not the effect of `await` alone"
        ),
        "compare variants with the same library, where it has both ways",
    )
    STAND_IN = (
        (
            "a stand-in took the place of a real service, which the conditions name: the ways of "
            "waiting can be compared, and nothing is said of that service"
        ),
        "give the real one by its URL, or measure with --on docker",
    )
    STAND_IN_IMAGE = (
        "images built from Debian's packages took the place of the official ones",
        "measure where a container registry can be reached",
    )


class VoidReason(Reason):
    """A reason why a measurement says nothing, so that its block is measured again."""

    RATE = (
        "requests were not sent at the planned rate",
        "lower the rate, or stop other work on the machine",
    )
    GENERATOR_LATE = (
        "the load generator ran late",
        "stop other work on the machine, or give the load a core of its own",
    )
    GENERATOR_BUSY = (
        "the load generator was at its limit: more than 70 % of a core",
        "lower the rate, or share the load: --workers 2",
    )
    SHED = (
        "the load generator could not open as many connections as it wanted",
        "lower the rate, or raise the limit on open files: ulimit -n 4096",
    )
    ARRIVALS = (
        "requests did not arrive as a Poisson process",
        "stop other work on the machine",
    )
    LITTLE = (
        "the generator counted other requests in flight than its records add up to (Little's law)",
        "report it with the results folder; it is a bug",
    )
    LITTLE_INSIDE = (
        "the app counted more requests in flight than there were",
        "report it with the results folder; it is a bug",
    )
    ERRORS = (
        "requests failed where failing is not the question",
        "read the app's log beside the results",
    )
    SATURATED = (
        "more was offered than the app could serve, in a cell that measures latency",
        "check the variant's ceiling, or stop other work on the machine",
    )
    NOT_STEADY = (
        "the second half of the window was unlike the first",
        "let the app warm up before it answers, or stop other work on the machine",
    )
    NOISY = (
        "other work, or the hypervisor, used more than 15 % of the machine",
        "stop other work on the machine, or measure elsewhere",
    )
    RESTARTED = (
        "the app was restarted in the middle",
        "read the app's log beside the results",
    )
    CLOCK_JUMPED = (
        "the machine slept, or its clock was set",
        "keep the machine awake, and set no clock while it measures",
    )
    OTHER_ANSWERS = (
        "under load some answers were other than before it",
        "variants differ in how, never in what: fix the variant, or compare less with --same shape",
    )


def caveats_of(scenario: Scenario, measurement: Measurement) -> set[Caveat]:
    """Return what is doubtful about one measurement because of where it was made."""
    setting = measurement.setting
    found = {
        Caveat.SIMULATED: setting.place == "simulated",
        Caveat.TARGET: setting.place == "target",
        Caveat.STAND_IN: bool(setting.stand_ins),
        Caveat.STAND_IN_IMAGE: bool(setting.stand_in_images),
        Caveat.BACKLOG: _piles_up(measurement),
    }
    if setting.place in {"host", "docker"}:
        server, load = setting.server_cores, setting.load_cores
        shared = setting.pinned and server == load
        found |= {
            Caveat.UNPINNED: not setting.pinned,
            Caveat.ONE_CORE: shared,
            Caveat.CO_LOCATED: setting.pinned and not shared and len(load) == 1,
            Caveat.ONE_SERVER_CORE: scenario.budget.workers > measurement.cores,
        }
    return {caveat for caveat, so in found.items() if so}


def _piles_up(measurement: Measurement) -> bool:
    """Return whether ever more requests worked though they were answered, in the closed loop.

    That is more by half, and by as many as there are clients.
    """
    app, closed = measurement.app, measurement.closed
    samples = [] if app is None else [one.background for one in app.samples if one.phase == CLOSED]
    counts = [count for count in samples if count is not None]
    if closed is None or not counts:
        return False
    first, last = counts[0], counts[-1]
    return last - first >= max(closed.clients, first / 2)


def stand_in(caveats: Iterable[Caveat]) -> str:
    """Return the label of what a stand-in served, for wherever its number appears."""
    return " (of a stand-in)" if Caveat.STAND_IN in caveats else ""
