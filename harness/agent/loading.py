"""The app that the environment names: by APP, and with FACTORY=1 by calling what APP names."""

from __future__ import annotations

import os
from functools import reduce
from importlib import import_module
from typing import Any

from harness.agent.own_code import OwnCode, root_of


def load() -> tuple[Any, OwnCode]:
    """Return the app, and which files are its own; raises whatever it raises itself."""
    where, _, names = os.environ["APP"].partition(":")
    module = import_module(where)
    named: Any = reduce(getattr, names.split("."), module)
    return named() if os.getenv("FACTORY") else named, OwnCode(root_of(module))
