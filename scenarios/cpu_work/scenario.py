"""Computing inside a route: the route itself hardly notices, everybody else does."""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    bystander_p99,
    one_at_a_time,
    processes,
    threads,
)

BUDGET = Budget(workers=2, threads=40)

scenario = Scenario(
    group="CPU",
    question="What does computing inside a route cost all other requests?",
    workload=Workload("/checksum/{key}", keys="1..1000"),
    primary=bystander_p99(0.5),
    budget=BUDGET,
    clients=4,
    loads=(0.5,),
    # Of a loop in pure Python: about 90 ms, a small report or a thumbnail.
    knobs={"rounds": 1_000_000},
    variants=(
        Variant("inline", "computing inside async def", runs_on="loop", ceiling=one_at_a_time()),
        Variant(
            "threaded",
            "computing through run_in_threadpool",
            runs_on="thread",
            ceiling=threads(BUDGET.threads),
        ),
        Variant(
            "processes",
            "computing in a ProcessPoolExecutor",
            runs_on="process",
            ceiling=processes(BUDGET.workers),
        ),
        Variant(
            "vectorized",
            "computing by numpy inside async def",
            runs_on="loop",
            ceiling=one_at_a_time(),
        ),
        # It needs no interpreter.
        Variant(
            "vectorized_threaded",
            "computing by numpy through run_in_threadpool",
            runs_on="thread",
            ceiling=processes(BUDGET.threads),
        ),
    ),
    claims=(
        Claim("threaded", over="inline", at_least=1.5),
        Claim("processes", over="inline", at_least=3),
        # A thread that computes holds the interpreter for 5 ms at a time.
        Claim("processes", over="threaded", at_least=1.5, expected="no difference"),
        Claim("vectorized", over="inline", at_least=2),
        Claim("vectorized_threaded", over="inline", at_least=5),
        Claim("vectorized_threaded", over="vectorized", at_least=2),
    ),
)
