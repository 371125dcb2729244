"""Every doubt we know, each with its remedy. They travel with the number to the chart."""

from __future__ import annotations

from enum import Enum


class Caveat(Enum):
    """A reason to trust a number less: (what is doubtful, what would mend it)."""

    SIMULATED = ("simulated: drawn from the theory, not measured", "run it on real servers: --on host")
    SMOKE = ("the smoke profile shows that everything works; its few short blocks carry no answer", "use --profile quick or more")
    UNPINNED = ("this platform cannot pin processes to cores: server and load moved about", "measure on Linux for narrower intervals")
    ONE_CORE = ("server, load and services shared one core", "measure on a machine with two cores or more")
    ONE_SERVER_CORE = ("the server had one core, so worker processes could add no capacity", "measure on a machine with four cores or more")
    CO_LOCATED = ("load generator and services shared a core: trust the ratios more than the levels", "measure on a machine with four cores or more")
    TARGET = (
        "somebody else's server: its CPU, its memory and what else it does are not known, and the loads are shares of what it served",
        "measure it as a variant of a scenario",
    )
    ABOVE_CEILING = ("measured above its own ceiling: the theory or the probe is wrong", "report it with the results folder; it is a bug")
    LIBRARIES = (
        "some variants differ in their libraries as well as in who waits, so a ratio between them is not the effect of `await` alone",
        "compare variants with the same library, where it has both ways",
    )
    STAND_IN_IMAGE = ("images built from Debian's packages took the place of the official ones", "measure where a container registry can be reached")
    STAND_IN = ("a stand-in took a real service's place", "give the URL of a real one")

    @property
    def says(self) -> str:
        """The doubt, as a clause."""
        return self.value[0]

    @property
    def remedy(self) -> str:
        """What would mend it."""
        return self.value[1]
