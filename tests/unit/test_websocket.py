"""The client's side of a WebSocket, without a server: what is sent, and how its answer is read."""

from __future__ import annotations

from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol, Opcode

from harness.experiment.answers import remedy
from harness.model.workload import Request, Workload
from harness.system.ask import Answered
from harness.system.websocket import WebSocketClient, frame
from locustfiles._websocket import whole


def sent(data: bytes, *, client: bool = True) -> bytes:
    """Return a message as one side sends it, in a frame."""
    return bytes(FrameProtocol(client=client, extensions=[]).send_data(data))


def read(data: bytes) -> list[tuple[Opcode, object]]:
    """Return the frames that a server reads."""
    server = FrameProtocol(client=False, extensions=[])
    server.receive_bytes(data)
    return [(one.opcode, one.payload) for one in server.received_frames()]


def test_a_body_is_a_text_where_it_is_one_and_bytes_else() -> None:
    """Which FastAPI hands to a handler by different functions."""
    assert read(frame("ä".encode())) == [(Opcode.TEXT, "ä")]
    assert read(frame(b"")) == [(Opcode.TEXT, "")]
    assert read(frame(b"\xff\x00")) == [(Opcode.BINARY, b"\xff\x00")]


def test_a_socket_is_opened_below_the_path_of_the_url_with_the_headers() -> None:
    """A host that is given takes the place of the address."""
    asked = Workload("/chat?a=1", headers={"Host": "shop", "Cookie": "b=c"}, protocol="websocket")
    head = WebSocketClient().open("http://127.0.0.1:80/below/", asked.samples[0])
    assert head.startswith(b"GET /below/chat?a=1 HTTP/1.1\r\nHost: shop\r\n")
    assert head.endswith(b"\r\ncookie: b=c\r\n\r\n")
    plain = WebSocketClient().open("http://127.0.0.1:80", Request("GET", "/"))
    assert b"Host: 127.0.0.1:80\r\n" in plain


@given(st.one_of(st.binary(max_size=70_000), st.text(max_size=300).map(str.encode)))
def test_a_whole_message_is_found_without_the_library_as_with_it(body: bytes) -> None:
    """Whatever its length: what is too long to tell at once is left to the library."""
    message = sent(body, client=False)
    assert whole(message) == (body if len(body) < 2**16 else None)
    assert whole(message[:-1]) is None
    assert whole(message + message) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81",
        b"\x01\x02{}",  # the first part of a message
        b"\x88\x02\x03\xe8",  # a close
        b"\x89\x00",  # a ping
        b"\x81\x02\xff\xfe",  # a text that is none
        b"\xc1\x02{}",  # a bit that is reserved
        b"\x81\x7f" + b"x" * 127,  # the beginning of a long one
        b"\x81\x82" + b"x" * 130,  # masked
    ],
)
def test_all_else_is_left_to_the_library(data: bytes) -> None:
    """Which knows what it is."""
    assert whole(data) is None


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 101 Sw"])
def test_a_connection_that_ends_before_the_socket_is_open_is_heard(before: bytes) -> None:
    """Nobody waits for the rest."""
    client = WebSocketClient()
    client.open("http://127.0.0.1:80", Request("GET", "/"))
    if before:
        client.receive(before)
    assert not client.heard
    client.receive(b"")
    with pytest.raises(ConnectionError, match="that is no WebSocket"):
        client.take()


def test_a_server_that_closes_sockets_is_told_what_to_do() -> None:
    """Whatever the code."""
    for code in (1000, 1006, 1011, 4000):
        assert "answer each message" in remedy(Answered(code, Message(), b""))
