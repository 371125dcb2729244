"""Quotes from twelve markets, each of which allows so many calls per second and answers 429 beyond.

By Little's law a semaphore of n places lets n / latency calls per second through. Five places are
the rate at a latency of 50 ms, and a quarter of it at 200 ms: a semaphore bounds how many calls
are made at once, a pacer how many are made per second. Without either, the answers may be as many;
what is seen then is the calls that were refused per answer, for which others lock a caller out. All
markets are one service, with a limit for each.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Trap,
    Variant,
    Workload,
    event_loop,
    goodput_of,
    grid,
    paced,
)

CLIENTS = 32  # a closed loop fills the rate at both latencies, and keeps five places in time
BUDGET = Budget(connections=240)  # twenty for each market: 100 calls/s of 200 ms

scenario = Scenario(
    group="scenes",
    question="Does a semaphore keep to the rate that an upstream allows?",
    workload=Workload("/quotes/{key}", keys="1..1000"),
    needs=("upstream",),
    primary=goodput_of(CLIENTS),
    budget=BUDGET,
    clients=CLIENTS,
    loads=(),
    sweep=(CLIENTS,),
    # The latency of the markets, and calls per second that each allows; places of a semaphore, and
    # calls per second of a pacer: a little below, so that lateness is not one call too many.
    knobs={"wait_ms": 50, "jitter_ms": 0, "rate": 100, "at_once": 5, "pace": 95},
    over=grid(wait_ms=(50, 200)),
    variants=(
        Variant(
            "gathered",
            "asyncio.gather, refused calls again after 0.1 s",
            runs_on="loop",
            ceiling=paced("rate"),
        ),
        Variant(
            "bounded",
            "a semaphore of five places for each market",
            runs_on="loop",
            ceiling=event_loop("at_once"),
        ),
        Variant(
            "paced",
            "a pacer and a semaphore of twenty places for each market",
            runs_on="loop",
            ceiling=paced("pace"),
        ),
    ),
    traps=(
        Trap(
            "who goes beyond the rate is refused, and others lock such a caller out",
            "gathered",
            over="paced",
            by="refused",
        ),
        Trap(
            "a semaphore bounds how many calls are made at once, a pacer how many per second",
            "paced",
            over="bounded",
            by=goodput_of(CLIENTS),
        ),
    ),
    claims=(
        # 5 / 200 ms = 25 against 95 calls/s
        Claim("paced", over="bounded", at_least=2.5, where={"wait_ms": 200}),
        # 5 / 50 ms = 100 against 95 calls/s
        Claim("paced", over="bounded", at_least=0.8, where={"wait_ms": 50}),
    ),
)
