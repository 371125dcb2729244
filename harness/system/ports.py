"""Ports on loopback."""

from __future__ import annotations

import socket

from harness.model.errors import BenchError

HOST = "127.0.0.1"


def free_port(
    wanted: int = 0,
    hint: str = "choose another with --port, or leave it out and take any that is free",
) -> int:
    """Find a free port, or make sure that the wanted one is; raises BenchError where it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            raise BenchError(
                f"port {wanted} on {HOST} cannot be used: {error.strerror}", hint=hint
            ) from error
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> bool:
    """Say whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
