"""What became of every request: kept in flat arrays while the load runs, packed once at the end, reported to Locust in batches."""

import time
from array import array
from collections import Counter
from io import BytesIO

import gevent
from _connection import OK, OUTCOMES, UNFINISHED
from locust.stats import StatsError, bucket_response_time

REPORT_S = 0.5
FIELDS = {
    "phase": "B",
    "stream": "B",
    "intended": "q",
    "sent": "q",
    "done": "q",
    "outcome": "B",
}  # times in ns


class Record:
    """Grows by one row, of 27 bytes, for each request; with `keep` false the rows go once Locust has them."""

    def __init__(self, stats, names, *, keep):
        self.phase = 0
        self._opened = {}  # phase -> when its window opens
        self._columns = {field: array(code) for field, code in FIELDS.items()}
        self._appends = [column.append for column in self._columns.values()]
        self._keep = keep
        self._stats = stats
        self._names = names
        self._reported = 0

    def begin(self, opens):
        """Count this phase's times from when its window opens."""
        self._opened[self.phase] = opens

    def add(self, stream, intended, sent, done, outcome):
        """Keep one request: when it should have been sent, when it was, when it ended, and how."""
        phase_, stream_, intended_, sent_, done_, outcome_ = self._appends
        phase_(self.phase)
        stream_(stream)
        intended_(intended)
        sent_(sent)
        done_(done)
        outcome_(outcome)

    def packed(self):
        """Give all rows as a numpy archive, one array a field, times from the opening of their phase's window."""
        import numpy as np  # noqa: PLC0415  only now: importing it earlier would slow every start of a load

        rows = {
            field: np.frombuffer(column, column.typecode) for field, column in self._columns.items()
        }
        opened = np.array([self._opened.get(phase, 0) for phase in range(self.phase + 1)])[
            rows["phase"]
        ]
        file = BytesIO()
        np.savez(
            file,
            **{
                field: column - opened if FIELDS[field] == "q" else column
                for field, column in rows.items()
            },
        )
        return file.getvalue()

    def clear(self):
        """Begin anew; what was not yet reported is reported first."""
        self.report()
        self._reported = 0
        for column in self._columns.values():
            del column[:]

    def report_forever(self):
        """Keep Locust's console and web UI up to date."""
        while True:
            gevent.sleep(REPORT_S)
            self.report()

    def report(self):
        """Add what ended since the last report to Locust's statistics: one pass over a batch instead of an event per request."""
        first, last = self._reported, len(self._columns["outcome"])
        self._reported = last
        batch = list(
            zip(
                *(
                    self._columns[field][first:last]
                    for field in ("stream", "intended", "done", "outcome")
                ),
                strict=True,
            )
        )
        for stream, name in enumerate(self._names):
            times = Counter(
                (done - intended) // 1_000_000
                for at, intended, done, outcome in batch
                if at == stream and outcome != UNFINISHED
            )
            failed = Counter(
                outcome
                for at, _, _, outcome in batch
                if at == stream and outcome not in {OK, UNFINISHED}
            )
            if times:
                _merge(self._stats, name, times, failed)
        if not self._keep:
            self._reported = 0
            for column in self._columns.values():
                del column[:last]


def _merge(stats, name, times, failed):
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
        key = StatsError.create_key(method, path, OUTCOMES[outcome])
        stats.errors.setdefault(
            key, StatsError(method, path, OUTCOMES[outcome])
        ).occurrences += count
