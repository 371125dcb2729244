"""The workload as data: what is sent, what is refused, and the flags that describe it."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.driver import LoadTopology
from harness.load.locust import flags, joining
from harness.model.workload import Request, Workload
from locustfiles._flags import add_flags, workload_of

ORDER = Workload(
    "/orders/{key}?deep=1",
    keys="red,green",
    method="POST",
    headers={"Accept": "text/html, */*", "Authorization": "Bearer a:b=="},
    body=b'{"colour": "{key}"}',
    status=201,
    deadline_s=0.75,
    idle="/health",
    same="shape",
)


def read_back(words: list[str]) -> Workload:
    """Return the workload that the locustfile makes of these flags."""
    parser = ArgumentParser()
    add_flags(parser)
    return workload_of(parser.parse_args(words))


def test_a_request_is_sent_as_http_has_it() -> None:
    """The path of the address comes first, and the length of the body is sent."""
    assert ORDER.request("red").encode("http://shop:8000/api/") == (
        b"POST /api/orders/red?deep=1 HTTP/1.1\r\nHost: shop:8000\r\nAccept: text/html, */*\r\n"
        b'Authorization: Bearer a:b==\r\nContent-Length: 17\r\n\r\n{"colour": "red"}'
    )
    plain = Request("GET", "/").encode("http://127.0.0.1:1")
    assert plain == b"GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"
    hosted = Request("PUT", "/", {"host": "x"}).encode("http://127.0.0.1:1")
    assert hosted == b"PUT / HTTP/1.1\r\nhost: x\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"path": "users"}, "is no path"),
        ({"path": "/a\r\nX: y"}, "is no path"),
        ({"idle": "/a b"}, "is no path"),
        ({"method": "get"}, "is no method"),
        ({"method": "HEAD"}, "has no body"),
        ({"headers": {"A": "b\r\nC: d"}}, "is no header"),
        ({"headers": {"A b": "c"}}, "is no header"),
        ({"headers": {"Content-Length": "3"}}, "follows from the body"),
        ({"keys": "9..1"}, "are no keys"),
        ({"path": "/{key}", "keys": "a b"}, "cannot stand in a path"),
        ({"path": "/{key}", "protocol": "websocket"}, "a socket has one path"),
        ({"protocol": "websocket", "method": "POST"}, "has no method and no status"),
        ({"protocol": "websocket", "status": 101}, "has no method and no status"),
        ({"deadline_s": 0}, "must be above 0"),
    ],
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, object], why: str) -> None:
    """Where it is declared, and in words."""
    with pytest.raises(ValueError, match=why):
        Workload(**{"path": "/", **wrong})  # type: ignore[arg-type]  # wrong ones too


@pytest.mark.parametrize(
    "workload",
    [
        Workload("/"),
        Workload("/", headers={}),
        Workload("/", headers={"X": r"C:\new\\n"}),
        ORDER,
        Workload("/", method="POST", body=b"\x00\xff--"),
        Workload("/", method="POST", body=b"@home"),
        Workload("/chat", protocol="websocket", body=b"{key}", headers={"Cookie": "a=b"}),
        Workload("/", method="PUT", body=b"-x --keys=2 \n '\""),
    ],
)
def test_the_flags_say_what_the_workload_says(workload: Workload, tmp_path: Path) -> None:
    """What may be secret goes by a file, and what cannot stand on a command line."""
    assert read_back(flags(workload, tmp_path)) == workload
    assert read_back(flags(workload, tmp_path, shown=True)) == workload


@given(
    st.binary(max_size=50), st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")))
)
def test_any_body_and_any_header_arrive(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, value: str
) -> None:
    """Whatever is on a command line."""
    folder = tmp_path_factory.mktemp("flags")
    workload = Workload("/", method="POST", body=body, headers={"X": value, "Y": value})
    for shown in (True, False):
        assert read_back(flags(workload, folder, shown=shown)) == workload


def test_what_may_be_secret_stands_on_no_command_line(tmp_path: Path) -> None:
    """Everybody on the machine can see it; the files are this user's alone."""
    words = " ".join(flags(ORDER, tmp_path))
    assert "Bearer" not in words
    assert "colour" not in words
    files = list(tmp_path.iterdir())
    assert len(files) == 2
    assert {one.stat().st_mode & 0o077 for one in files} == {0}
    assert flags(Workload("/"), tmp_path)[-1] == "--header=Accept: */*"


def test_the_command_by_which_a_worker_joins_carries_the_workload(tmp_path: Path) -> None:
    """It can be pasted into a shell as it is."""
    words = shlex.split(joining(LoadTopology(join=1, bind="10.0.0.5"), ORDER, tmp_path))
    assert words[:5] == ["python", "-m", "locust", "-f", "locustfiles/workload.py"]
    assert words[5:10] == ["--worker", "--master-host", "10.0.0.5", "--master-port", "5557"]
    assert read_back(words[10:]) == ORDER


def test_by_hand_a_body_and_headers_can_come_from_a_file(tmp_path: Path) -> None:
    """As with curl; a file that is not there is named."""
    (tmp_path / "order").write_bytes(b"\xff")
    assert read_back(["--body", f"@{tmp_path}/order"]).body == b"\xff"
    with pytest.raises(ValueError, match="@/nowhere cannot be read"):
        read_back(["--body", "@/nowhere"])
    (tmp_path / "headers").write_text("A: b\nC: d")
    words = ["--header", f"@{tmp_path}/headers", "--header", "E: f"]
    assert read_back(words).headers == {"A": "b", "C": "d", "E": "f"}
