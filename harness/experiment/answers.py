"""Whether all variants give the same answers, before any load."""

from __future__ import annotations

from hashlib import sha256

from harness.model.errors import BenchError
from harness.model.workload import Workload
from harness.system.ask import ask

SHOWN = 200  # bytes of a wrong answer


class Answers:
    """What was answered to the samples of a workload so far, which later variants must repeat."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._known: dict[int, str] = {}  # number of the sample -> digest of its answer

    def check(self, url: str, label: str, hint: str) -> None:
        """Ask the samples of the server at `url`, whose name for people is `label`.

        Raises BenchError where an answer has another status than the workload says, or other bytes
        than those of the servers before; one of UNANSWERED where nobody answers.
        """
        for number, request in enumerate(self._workload.samples):
            answered = ask(url, request)
            if answered.status != self._workload.status:
                text = answered.body[:SHOWN].decode(errors="replace")
                raise BenchError(
                    f"{label} answered {answered.status} to {request.method} {request.path}, "
                    f"where {self._workload.status} is right: {text}",
                    hint=hint,
                )
            digest = sha256(answered.body).hexdigest()
            if self._known.setdefault(number, digest) != digest:
                raise BenchError(
                    f"{label} answers {request.path} with other bytes than the variants before it",
                    hint="variants differ in how, never in what: fix it",
                )
