"""Ports on loopback."""

from __future__ import annotations

import socket
from random import SystemRandom

import psutil

from harness.model.errors import BenchError

HOST = "127.0.0.1"
# Below those that the system gives to outgoing connections (from 32768 on with Linux, from 49152
# with macOS): a port that is free now may else be taken by another server's connection to its
# database before ours listens.
OURS = range(10_000, 32_000)
LATELY = 1000  # as many are not given again
_given: list[int] = []
HINT = "choose another with --port, or leave it out and take any that is free"


def free_port(wanted: int = 0, hint: str = HINT) -> int:
    """Return a free port, or the wanted one; raises BenchError where that cannot be used.

    A port that is returned is not returned again soon.
    """
    if not wanted:
        return _any_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except (OSError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else "ports go from 0 to 65535"
            raise BenchError(f"port {wanted} on {HOST} cannot be used: {why}", hint=hint) from error
        port: int = probe.getsockname()[1]
        return port


def _any_port() -> int:
    for _ in OURS:
        if (port := SystemRandom().choice(OURS)) in _given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        _given.append(port)
        del _given[:-LATELY]
        return port
    raise BenchError(f"no port of {HOST} is free", hint="end some of the programs that listen")


def listening(port: int) -> bool:
    """Return whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def listener(port: int) -> str:
    """Return the command of the process that listens at a port of this machine, and its start.

    Empty where there is none, or where it cannot be seen.
    """
    try:
        connections = psutil.net_connections("tcp")
        numbers = {
            one.pid
            for one in connections
            if one.status == psutil.CONN_LISTEN and one.laddr[1:] == (port,) and one.pid
        }
        processes = [psutil.Process(number) for number in numbers]
        # Workers that share a port are started by the process that began first.
        first = min(processes, key=lambda one: one.create_time(), default=None)
        return "" if first is None else f"{first.create_time()} {first.cmdline()}"
    except psutil.Error:
        return ""
