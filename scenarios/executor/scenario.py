"""Two ways to a thread lead to two executors of different sizes.

That of `asyncio.to_thread` has min(32, processors + 4) threads, as concurrent.futures documents it.
"""

import os

from harness.model import Budget, Claim, Scenario, Variant, Workload, capacity, threads

BUDGET = Budget(threads=40, connections=40)
# Python 3.13 counts the processors that this process may use, the versions before it all there are.
PROCESSORS = getattr(os, "process_cpu_count", os.cpu_count)() or 1
DEFAULT = min(32, PROCESSORS + 4)

scenario = Scenario(
    group="threads",
    question="Is `asyncio.to_thread` as good as `run_in_threadpool`?",
    workload=Workload("/users/{key}", keys="1..1000"),
    needs=("upstream",),
    primary=capacity,
    budget=BUDGET,
    clients=64,
    # The upstream answers after this long, so that forty threads do not use up the processor.
    knobs={"wait_ms": 100, "jitter_ms": 0},
    variants=(
        Variant(
            "to_thread",
            "asyncio.to_thread",
            runs_on="thread",
            ceiling=threads(DEFAULT, BUDGET.connections),
        ),
        Variant(
            "threadpool",
            "run_in_threadpool",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "enlarged",
            "asyncio.to_thread with an executor of forty threads",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
    ),
    # The theory gives 40 / DEFAULT: 6.7× on two processors, 2× on sixteen, 1.25× from 28 on. Beyond
    # sixteen it is hardly a trap, and nothing is claimed.
    claims=tuple(
        Claim(name, over="to_thread", at_least=1.5)
        for name in ("threadpool", "enlarged")
        if BUDGET.threads >= 2 * DEFAULT
    ),
)
