"""What became of every request.

It is kept in flat arrays while the load runs, packed once at the end, and reported to Locust in
batches.
"""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO

import gevent
from locust.stats import RequestStats, StatsError, bucket_response_time

from locustfiles._connection import OK, UNFINISHED, outcome_name

REPORT_S = 0.5
TIMES = ("intended", "sent", "done")  # in ns
REPORTED = ("stream", "intended", "done", "outcome")
FIELDS = {"phase": "B", "stream": "B", "intended": "q", "sent": "q", "done": "q", "outcome": "H"}


class Record:
    """Grows by one row, of 28 bytes, for each request.

    `names` are those of the streams in Locust's statistics, such as "GET /users/{key}". Unless
    the rows are to be kept, they go once Locust has them.
    """

    def __init__(self, stats: RequestStats, names: Sequence[str], *, keep: bool) -> None:
        self.phase = 0
        self._opened: dict[int, int] = {}  # phase -> when its window opens
        self._columns = {field: array(code) for field, code in FIELDS.items()}
        self._appends = [column.append for column in self._columns.values()]
        self._keep = keep
        self._stats = stats
        self._names = names
        self._reported = 0

    def __len__(self) -> int:
        return len(self._columns["outcome"])

    def begin(self, opens: int) -> None:
        """Count this phase's times from when its window opens."""
        self._opened[self.phase] = opens

    def add(self, stream: int, intended: int, sent: int, done: int, outcome: int) -> None:
        """Keep one request: when it should have been sent, when it was, its end, its outcome."""
        phase_, stream_, intended_, sent_, done_, outcome_ = self._appends
        phase_(self.phase)
        stream_(stream)
        intended_(intended)
        sent_(sent)
        done_(done)
        outcome_(outcome)

    def packed(self) -> bytes:
        """Return all rows as a numpy archive, one array a field.

        Times are counted from the opening of their phase's window.
        """
        import numpy as np  # noqa: PLC0415  importing it earlier would slow every start of a load

        rows = {
            field: np.frombuffer(column, column.typecode) for field, column in self._columns.items()
        }
        by_phase = np.array([self._opened.get(phase, 0) for phase in range(self.phase + 1)])
        opened = by_phase[rows["phase"]]
        file = BytesIO()
        np.savez(file, **rows | {field: rows[field] - opened for field in TIMES})
        return file.getvalue()

    def clear(self) -> None:
        """Begin anew; what was not yet reported is reported first."""
        self.report()
        self._reported = 0
        for column in self._columns.values():
            del column[:]

    def report_forever(self) -> None:
        """Keep Locust's console and web UI up to date."""
        while True:
            gevent.sleep(REPORT_S)
            self.report()

    def report(self) -> None:
        """Add what ended since the last report to Locust's statistics.

        One pass over a batch costs less than an event for each request.
        """
        first, last = self._reported, len(self)
        self._reported = last
        batch = list(zip(*(self._columns[field][first:last] for field in REPORTED), strict=True))
        for stream, name in enumerate(self._names):
            mine = [
                ((done - intended) // 1_000_000, outcome)
                for of, intended, done, outcome in batch
                if of == stream and outcome != UNFINISHED
            ]
            if mine:
                times = Counter(millis for millis, _ in mine)
                failed = Counter(outcome for _, outcome in mine if outcome != OK)
                _merge(self._stats, name, times, failed)
        if not self._keep:
            self._reported = 0
            for column in self._columns.values():
                del column[:last]


def _merge(stats: RequestStats, name: str, times: Mapping[int, int], failed: Counter[int]) -> None:
    """Add requests, by their response time in ms, and the failed ones among them, by outcome."""
    second = int(time.time())
    method, _, path = name.partition(" ")
    for entry in (stats.get(path, method), stats.total):
        for millis, count in times.items():
            entry.log(millis, 0)  # keeps the entry's own bookkeeping; the rest follows in one step
            more = count - 1
            entry.num_requests += more
            entry.num_reqs_per_sec[second] += more
            entry.total_response_time += millis * more
            entry.response_times[bucket_response_time(millis)] += more
        entry.num_failures += failed.total()
        entry.num_fail_per_sec[second] += failed.total()
    for outcome, count in failed.items():
        how = outcome_name(outcome)
        key = StatsError.create_key(method, path, how)
        kept = stats.errors.setdefault(key, StatsError(method, path, how))
        kept.occurrences += count
