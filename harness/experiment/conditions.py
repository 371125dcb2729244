"""Keep the conditions under which a scenario is measured."""

from __future__ import annotations

import time
from collections.abc import Mapping

from harness.model.errors import BenchError
from harness.places.place import Place
from harness.services.service import Service
from harness.store.run import Run
from harness.system import machine
from harness.system.cores import Cores


def record_conditions(run: Run, place: Place, split: Cores, found: Mapping[str, Service]) -> None:
    """Keep the conditions of this scenario, and the services and images of those before it.

    Raises BenchError where a service has another version than the run was measured with.
    """
    conditions = {
        "began": run.machine.get("began", time.strftime("%Y-%m-%d %H:%M")),
        **machine.conditions(),
        **place.conditions,
        "cores": {"server": list(split.server), "load": list(split.rest)},
        "services": {name: service.described for name, service in found.items()},
    }
    known = run.machine.get("services", {})
    for name, service in found.items():
        before = known.get(name, service.described)
        if not run.empty and before.get("version") != service.version:
            raise BenchError(
                f"{name} is {service.version}, and {run.folder} was measured with "
                f"{before.get('version')}",
                hint="begin a new run, with another --seed; what was measured stays in that folder",
            )
    for key in {"services", "images"} & conditions.keys():
        conditions[key] = {**run.machine.get(key, {}), **conditions[key]}
    run.record_machine(conditions)
