"""Which files are the app's own code, and not a library's."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import cache
from pathlib import Path
from types import ModuleType

LIBRARIES = {"site-packages", "dist-packages"}
ENVIRONMENT = "pyvenv.cfg"  # what marks the folder of a virtual environment
SCENARIOS = "scenarios/"  # whose files have names enough of their own
AGENT = Path(__file__).resolve().parent


def root_of(module: ModuleType) -> Path:
    """Return the project's root, as ROOT_FOLDER says; else what the module was imported from."""
    given = os.getenv("ROOT_FOLDER")
    return Path(given).resolve() if given else import_root(module)


def import_root(module: ModuleType) -> Path:
    """Return the folder that a module was imported from, such as that of `shop` for `shop.main`.

    Of an app that is installed as a library, the folder of its own package.
    """
    file, depth = Path(str(module.__file__)), module.__name__.count(".")
    root = file.parents[depth]
    return file.parents[max(0, depth - 1)] if root.name in LIBRARIES else root


class OwnCode:
    """The Python files below a folder, but for libraries, the interpreter's own and the agent's.

    Libraries lie in site-packages or dist-packages, or in a virtual environment: the interpreter's,
    or any other one inside the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = _below(folder)
        foreign = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), str(AGENT)}
        if sys.prefix != sys.base_prefix:
            foreign.add(sys.prefix)
        # The app itself may lie in one of them, such as in /venv/src.
        self._foreign = tuple(
            below for below in map(_below, foreign) if not self._folder.startswith(below)
        )
        self.holds = cache(self._holds)
        self.shown = cache(self._shown)
        self._in_environment = cache(self._lies_in_environment)

    def _holds(self, file: str) -> bool:
        """Return whether a file is the app's own code."""
        return (
            file.startswith(self._folder)
            and not file.startswith(self._foreign)
            and LIBRARIES.isdisjoint(Path(file[len(self._folder) :]).parts)
            and not self._in_environment(os.path.dirname(file))  # noqa: PTH120  as the prefix is
        )

    def _lies_in_environment(self, folder: str) -> bool:
        """Return whether a folder below the root is one of a virtual environment's."""
        if not folder.startswith(self._folder) or folder == self._folder:
            return False
        if os.path.isfile(os.path.join(folder, ENVIRONMENT)):  # noqa: PTH113, PTH118  the same
            return True
        return self._in_environment(os.path.dirname(folder))  # noqa: PTH120  the same

    def is_library(self, file: str) -> bool:
        """Return whether a file is of a package that is installed."""
        return not LIBRARIES.isdisjoint(Path(file).parts)

    def is_agent(self, file: str) -> bool:
        """Return whether a file is the agent's, which stands around the app."""
        return file.startswith(_below(AGENT))

    def _shown(self, file: str) -> str:
        """Return a file as people know it: by its path below the folder or among the libraries.

        Else by its name.
        """
        if self.holds(file):
            return file[len(self._folder) :]
        parts = Path(file).parts
        among = [place for place, part in enumerate(parts) if part in LIBRARIES]
        return "/".join(parts[among[-1] + 1 :]) if among else parts[-1]

    def named(self, file: str) -> str:
        """Return a file as it is shown beside a line of it; a scenario's by its name alone."""
        shown = self.shown(file)
        return shown.rpartition("/")[2] if shown.startswith(SCENARIOS) else shown


def _below(folder: Path | str) -> str:
    return os.path.join(folder, "")  # noqa: PTH118  with a separator at the end, for a prefix
