"""When async pays: one driver, three ways of waiting, over the wait and the requests in flight.

Pools are as large as the clients are many, so nothing but the way of waiting differs. The baseline
is `def`, what FastAPI does by itself. So the two comparisons of a cell are the two areas of the
map: blocking over threaded says whether blocking costs, awaiting over threaded whether the threads
have run out. The rest of the map is theory, fed with the cells that harness/report/map.py names
as its corners.

PostgreSQL's pg_sleep rounds up to whole milliseconds, so no wait between 0 and 1 ms is measured,
and a whole number is asked a little short (see shared.py).
A blocked loop works off four hundred waits of 100 ms one after the other, which is why an answer
has a minute.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    capacity,
    event_loop,
    grid,
    one_at_a_time,
    threads,
)

CLIENTS = 64
BUDGET = Budget(threads=40, connections=CLIENTS)

scenario = Scenario(
    group="map",
    question="When does async pay?",
    workload=Workload("/users/{key}", keys="1..1000", deadline_s=60),
    needs=("postgres",),
    primary=capacity,
    budget=BUDGET,
    clients=CLIENTS,
    loads=(),
    # The server sleeps this long in every query: it stands for the network and the query.
    knobs={"wait_ms": 10},
    over=(
        *grid(wait_ms=(0,), clients=(1, 64)),
        *grid(wait_ms=(1,), clients=(4, 64)),
        *grid(wait_ms=(3,), clients=(16,)),
        *grid(wait_ms=(10,), clients=(1, 16, 64, 400)),
        *grid(wait_ms=(30,), clients=(64,)),
        *grid(wait_ms=(100,), clients=(64, 400)),
    ),
    variants=(
        Variant(
            "threaded",
            "psycopg 3 inside def, forty threads",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant("blocking", "psycopg 3 inside async def", runs_on="loop", ceiling=one_at_a_time()),
        Variant(
            "awaiting",
            "psycopg 3's AsyncConnection",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
    ),
    claims=(
        Claim("blocking", over="threaded", at_least=0.9, where={"wait_ms": 10, "clients": 1}),
        Claim("awaiting", over="threaded", at_least=0.9, where={"wait_ms": 10, "clients": 1}),
        Claim("awaiting", over="threaded", at_least=2, where={"wait_ms": 100, "clients": 400}),
    ),
)
