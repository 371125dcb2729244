"""Run bench.py with other values for constants of the harness, such as shorter windows.

    python patched.py harness.places.serve:START_S=2 harness.design.profile:GATE.closed_s=1 -- list

Run it in the folder of the checkout. It fails where there is no such name. A constant that another
module imports by its name is set there as well, by naming that module too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import MutableMapping
from importlib import import_module
from pathlib import Path
from types import ModuleType


def patch(assignment: str) -> None:
    """Set `module:NAME.field=value`, where `.field` may also be a key of a dictionary.

    Raises AttributeError or KeyError where there is no such name, and TypeError where the value
    is of another type than the one that it replaces.
    """
    path, _, text = assignment.partition("=")
    module, _, names = path.partition(":")
    *parents, last = names.split(".")
    holder: object = import_module(module)
    for name in parents:
        holder = holder[name] if isinstance(holder, MutableMapping) else getattr(holder, name)
    value = ast.literal_eval(text)
    before = getattr(holder, last)
    if isinstance(before, int | float) != isinstance(value, int | float):
        raise TypeError(f"{path} is {before!r}, and cannot become {value!r}")
    if isinstance(holder, ModuleType):
        setattr(holder, last, value)
    else:
        object.__setattr__(holder, last, value)  # frozen dataclasses refuse the other


def main() -> None:
    """Apply the assignments before `--`, and run bench.py with the words after it."""
    sys.path.insert(0, str(Path.cwd()))
    end = sys.argv.index("--")
    for assignment in sys.argv[1:end]:
        patch(assignment)
    sys.argv = ["bench.py", *sys.argv[end + 1 :]]
    import_module("bench").bench()


if __name__ == "__main__":
    main()
