"""A port that cannot be used is named, with a way out."""

from __future__ import annotations

import socket

import pytest

from harness.model.errors import BenchError
from harness.system.ports import free_port, listening


@pytest.mark.parametrize("port", [99999, 65536, -1])
def test_a_port_that_does_not_exist_is_named(port: int) -> None:
    """With the range that there is."""
    with pytest.raises(BenchError, match=f"port {port} on 127.0.0.1 cannot be used") as refused:
        free_port(port)
    assert "from 0 to 65535" in str(refused.value)
    assert "--port" in refused.value.hint


def test_a_port_that_is_taken_is_refused_and_any_other_is_free() -> None:
    """Whoever listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert listening(port)
        with pytest.raises(BenchError, match="cannot be used"):
            free_port(port)
        assert free_port() != port


def test_a_free_port_is_none_that_an_outgoing_connection_may_take() -> None:
    """Servers that start together connect to their databases before all of them listen."""
    given = [free_port() for _ in range(200)]
    assert len(set(given)) == len(given)
    assert max(given) < 32_768
