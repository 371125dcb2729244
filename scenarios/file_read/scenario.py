"""A file in the page cache is read without waiting, and takes as long as its bytes take to be copied.

There is no other way: an async library hands each chunk to a thread. That lets the loop turn in between, and costs a trip for each.
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
    knobs={
        "mb": 64
    },  # of the file, read a megabyte at a time: from the page cache, in about five milliseconds
    variants=(
        Variant(
            "blocking",
            "open().read() inside async def",
            runs_on="loop",
            ceiling=one_at_a_time(),
            flagged=("ASYNC230",),
        ),
        Variant(
            "threaded",
            "open().read() inside def",
            runs_on="thread",
            ceiling=processes(BUDGET.threads),
        ),  # copying needs no interpreter
        Variant(
            "awaiting",
            "aiofiles, which hands each call to a thread",
            runs_on="thread",
            ceiling=processes(BUDGET.threads),
        ),
    ),
    claims=(
        Claim("threaded", over="blocking", at_least=1.5),
        Claim("awaiting", over="blocking", at_least=1.5),
        Claim(
            "awaiting", over="threaded", at_least=1.1, expected="no difference"
        ),  # chunk by chunk, the loop gets its turn in between
    ),
)
