"""A file in the page cache is read without waiting: it takes as long as copying its bytes.

An async library hands each chunk to a thread. The loop turns in between, and each chunk costs a
trip to a thread.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    bystander_p99,
    one_at_a_time,
    processes,
)

BUDGET = Budget(threads=40)

scenario = Scenario(
    group="threads",
    question="Does an async library for files read them without blocking?",
    workload=Workload("/files/{key}", keys="1..1000"),
    primary=bystander_p99(0.5),
    budget=BUDGET,
    clients=4,
    loads=(0.5,),
    # Of the file, read a megabyte at a time: from the page cache, in about five milliseconds.
    knobs={"mb": 64},
    variants=(
        Variant(
            "blocking",
            "open().read() inside async def",
            runs_on="loop",
            ceiling=one_at_a_time(),
            flagged=("ASYNC230",),
        ),
        # Copying needs no interpreter.
        Variant(
            "threaded",
            "open().read() inside def",
            runs_on="thread",
            ceiling=processes(BUDGET.threads),
        ),
        Variant(
            "awaiting",
            "aiofiles with each call in a thread",
            runs_on="thread",
            ceiling=processes(BUDGET.threads),
        ),
    ),
    claims=(
        Claim("threaded", over="blocking", at_least=1.5),
        Claim("awaiting", over="blocking", at_least=1.5),
        # Chunk by chunk, the loop gets its turn in between.
        Claim("awaiting", over="threaded", at_least=1.1, expected="no difference"),
    ),
)
