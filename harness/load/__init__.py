"""Load drivers, a file each. A new one is a file with a class like `wrk.Wrk`, and its line here."""

from __future__ import annotations

from importlib import import_module

from harness.load.driver import LoadDriver
from harness.model.errors import unknown

DRIVERS = {  # name -> its class, imported when it is needed; ours comes first
    "locust": "harness.load.locust:Locust",
    "wrk": "harness.load.wrk:Wrk",
    "k6": "harness.load.k6:K6",
}


def driver_named(name: str) -> LoadDriver:
    """Return a load driver by its name; raises BenchError where there is none."""
    if name not in DRIVERS:
        raise unknown("load driver", name, DRIVERS)
    module, _, kind = DRIVERS[name].partition(":")
    found: LoadDriver = getattr(import_module(module), kind)()
    return found
