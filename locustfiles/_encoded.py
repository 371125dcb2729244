"""A workload as the load sends it."""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.model.workload import Workload, key_values
from harness.system.websocket import frame
from locustfiles._connection import Connection
from locustfiles._http import HttpConnection
from locustfiles._websocket import WebSocketConnection

WORK, IDLE = 0, 1  # streams: the route in question, and the one that does no work
STREAMS = ("work", "idle")  # their names in a phase
ANY_SUCCESS = range(200, 300)  # of the idle route


class EncodedWorkload:
    """The requests of a workload as bytes, by stream, and what a right answer is.

    `answers` are the checksums of the answers so far, by request; None where answers may differ in
    their bytes. Raises ValueError where `url` is no http address.
    """

    def __init__(self, workload: Workload, url: str) -> None:
        server = urlsplit(url)
        if server.scheme != "http" or not server.hostname:
            raise ValueError(f"the host is {url!r}; give an address such as http://127.0.0.1:8000")
        self.address = (server.hostname, server.port or 80)
        asked = [workload.request(key) for key in key_values(workload.keys)]
        # The mask of a message is the same each time: nobody between here and there can use that.
        self.opening = (url, asked[0]) if workload.protocol == "websocket" else None
        work = [frame(one.body) if self.opening else one.encode(url) for one in asked]
        self.requests = (work, [workload.idle_request.encode(url)])
        self.right = ((workload.right,), ANY_SUCCESS)
        self.names = (workload.name, workload.idle_request.name)
        self.deadline_s = workload.deadline_s
        self.answers: dict[bytes, int] | None = {} if workload.same == "exact" else None

    def connection(
        self, stream: int, address: tuple[str, int], failures: dict[int, str]
    ) -> Connection:
        """Return a connection for a stream, not yet open."""
        if stream == WORK and self.opening:
            return WebSocketConnection(address, self.answers, failures, self.opening)
        return HttpConnection(address, self.answers, failures)
