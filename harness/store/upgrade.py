"""Read what schema 1 wrote, under method 3: workloads by name, judgements among the facts."""

from __future__ import annotations

import math
from typing import Any

WORKLOADS: dict[str, dict[str, Any]] = {  # that schema 1 knew by name
    "compute": {"path": "/checksum/{key}"},
    "get_file": {"path": "/files/{key}"},
    "get_profile": {"path": "/profiles/{key}", "deadline_s": 1.0},
    "get_report": {"path": "/reports/{key}"},
    "get_root": {"path": "/", "idle": "/"},
    "get_user": {"path": "/users/{key}"},
}
CPU = "CPU per "
RAMP_S, SWEEP_RAMP_S = 0.3, 1.2


def plan(record: dict[str, Any]) -> None:
    """Turn a plan of schema 1 into one of schema 2."""
    for scenario in record["scenarios"]:
        samples = scenario.pop("samples")
        named = WORKLOADS.get(scenario["workload"], {"path": samples[0]})
        scenario["workload"] = {"keys": "1..1000", **named}
        scenario["folder"] = scenario.pop("home", "")
        scenario["primary"] = _metric(scenario["primary"])


def measurement(record: dict[str, Any], place: str) -> None:
    """Turn a measurement of schema 1, made at this place, into one of schema 2."""
    caveats, void = set(record.pop("caveats")), set(record.pop("void"))
    ceiling = float(record.pop("ceiling"))
    if math.isnan(ceiling):
        raise ValueError("a ceiling of NaN")
    record["recorded_ceiling"] = ceiling if math.isfinite(ceiling) else None
    record["restarted"] = "RESTARTED" in void
    record["clocks_apart_s"] = 1.0 if "CLOCK_JUMPED" in void else 0.0  # by how much is not known
    record["setting"] = _setting(caveats, place)
    record["probe"] = record.pop("alone")
    record["trial"] = _trial(record["trial"], record["closed"]["clients"])
    for cell in (record["closed"], *record["open"], *record["sweep"]):
        cell["app_in_flight"] = cell.pop("inside_in_flight", None)
    if (app := record.pop("inside", None)) is not None:
        app["samples"] = app.pop("moments")
    record["app"] = app


def _trial(found: dict[str, Any], clients: int) -> dict[str, Any]:
    """Return a trial with its phases, without the probe's."""
    closed = {"model": "closed", "window_s": found.pop("closed_s"), "ramp_s": RAMP_S}
    opened = [
        {
            "name": f"{offer['load']:g}×",
            "model": "open",
            "window_s": offer["window_s"],
            "ramp_s": RAMP_S,
            "rate": offer["rate"],
            "load": offer["load"],
        }
        for offer in found.pop("offers")
    ]
    swept = [
        {**closed, "name": f"{number} clients", "clients": number, "ramp_s": SWEEP_RAMP_S}
        for number in found.pop("sweep")
    ]
    phases = [{**closed, "name": "closed", "clients": clients}, *opened, *swept]
    return {**found, "kind": "deciding" if found["block"] else "evidence", "phases": phases}


def _metric(found: dict[str, Any]) -> dict[str, Any]:
    name, parts = found["name"], found["parts"]
    part = name.removeprefix(CPU) if name.startswith(CPU) else "request"
    metric = {"kind": f"{CPU}request" if name.startswith(CPU) else name, "part": part}
    return metric | {"at": found["at"], "clients": found["clients"], "parts": parts}


def _setting(caveats: set[str], place: str) -> dict[str, Any]:
    """Return the facts that these caveats were said of."""
    where = {"SIMULATED": "simulated", "TARGET": "target"}
    server: tuple[int, ...] = (0,)
    load: tuple[int, ...] = (1, 2)
    if "ONE_CORE" in caveats:
        load = server
    elif "CO_LOCATED" in caveats:
        load = (1,)
    return {
        "place": next((where[one] for one in where if one in caveats), place),
        "server_cores": server,
        "load_cores": load,
        "pinned": "UNPINNED" not in caveats,
        "stand_ins": ("a service",) if "STAND_IN" in caveats else (),
        "stand_in_images": ("an image",) if "STAND_IN_IMAGE" in caveats else (),
    }
