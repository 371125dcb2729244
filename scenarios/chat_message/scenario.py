"""A message comes in over a WebSocket, is stored, then published, then acknowledged.

FastAPI runs a `def` in a thread, but the handler of a socket must be a coroutine: what blocks there
has to be handed to a thread by hand, and what then waits in the thread decides. `Producer.flush()`
waits until no message of anybody is under way. So all who flush go on together: they compute while
nobody waits, and wait while nobody computes, and n threads let n / (wait + n × computing) through.
Whoever waits for the report of one's own message alone leaves no such gaps.

A row and a message are two writes: where the second one fails, the first one stays.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Trap,
    Variant,
    Workload,
    capacity,
    event_loop,
    one_at_a_time,
    threads,
)

CLIENTS = 64
BUDGET = Budget(threads=40, connections=CLIENTS)
TEXT = b"x" * 200

scenario = Scenario(
    group="scenes",
    question="What do blocking clients cost inside the handler of a WebSocket?",
    workload=Workload(
        "/chat",
        keys="1..1000",
        body=b'{"room":{key},"number":{key},"text":"%s"}' % TEXT,
        protocol="websocket",
    ),
    needs=("postgres", "kafka"),
    primary=capacity,
    budget=BUDGET,
    clients=CLIENTS,
    # The database sleeps this long in each INSERT, and so long is the way to the broker and back.
    knobs={"wait_ms": 5},
    variants=(
        Variant(
            "blocking",
            "psycopg2 and Kafka's flush() in the handler",
            runs_on="loop",
            ceiling=one_at_a_time(),
        ),
        Variant(
            "convoy",
            "psycopg2 and Kafka's flush() in a thread",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "threaded",
            "psycopg2 in a thread, Kafka's delivery report awaited",
            runs_on="thread",
            ceiling=event_loop(BUDGET.connections),  # a thread is held for the row alone
        ),
        Variant(
            "awaiting",
            "asyncpg and aiokafka",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
    ),
    traps=(
        Trap(
            "`flush()` waits for the messages of all, so all who flush go on together",
            "threaded",
            over="convoy",
            by=capacity,
        ),
        Trap(
            "the handler of a socket must be a coroutine, and what blocks in it holds the loop",
            "threaded",
            over="blocking",
            by=capacity,
        ),
    ),
    claims=(
        # 10 ms of waiting for each message, against less than 1 ms of computing
        Claim("awaiting", over="blocking", at_least=5),
        Claim("threaded", over="blocking", at_least=5),
        Claim("convoy", over="blocking", at_least=3),
        # 1 / c against 40 / (10 ms + 40 c), where a message takes c ≤ 0.6 ms of computing
        Claim("threaded", over="convoy", at_least=1.4),
        # the trip to a thread
        Claim("threaded", over="awaiting", at_least=0.6),
    ),
)
