"""Whether all variants give the same answers, before any load."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from harness.experiment.tracebacks import explained
from harness.model.errors import BenchError
from harness.model.workload import Workload
from harness.system.ask import ask

SHOWN = 200  # bytes of a wrong answer
RAISED = 500  # and above: statuses of an app that failed itself


class Answers:
    """What was answered to the samples of a workload so far, which later variants must repeat."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._known: dict[int, str] = {}  # number of the sample -> digest of its answer

    def check(self, url: str, label: str, hint: str, log: Path | None = None) -> None:
        """Ask the samples of the server at `url`, whose name for people is `label`.

        Raises BenchError where an answer has another status than the workload says, with the
        exception in the server's `log` that made it so, or other bytes than those of the servers
        before; one of UNANSWERED where nobody answers.
        """
        for number, request in enumerate(self._workload.samples):
            answered = ask(url, request)
            if answered.status != self._workload.status:
                text = answered.body[:SHOWN].decode(errors="replace")
                said = (
                    f"{label} answered {answered.status} to {request.method} {request.path}, "
                    f"where {self._workload.status} is right: {text}"
                )
                if log is not None and answered.status >= RAISED:
                    said = explained(said, log)
                raise BenchError(said, hint=hint)
            digest = sha256(answered.body).hexdigest()
            if self._known.setdefault(number, digest) != digest:
                raise BenchError(
                    f"{label} answers {request.path} with other bytes than the variants before it",
                    hint="variants differ in how, never in what: fix it",
                )
