"""An index finds products, a database knows their stock and what sells, a cache their prices.

What sells does not depend on the hits, and what cache and stock say of them not on each other. So
the bound of a request is the sum of its waits, or the longest wait of each step, about two thirds
of it. What is asked together is as much work, and holds a connection as long.

The pools are as large as the clients are many, but for those of default_pool: ten connections are
what asyncpg and aiomysql open unless they are told otherwise, and nothing says who waits for one.
A request that is asked together waits with one of the database's throughout, so ten of them let
10 / 30 ms = 333 requests/s through, however many clients there are. That is read off the capacity
of 64 clients, which does not decide here: for one request alone ten are plenty. A median at half of
what blocking serves would say the same as the time alone, and take twenty seconds a window.
"""

from itertools import product

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
    time_alone,
)

CLIENTS = 64
BUDGET = Budget(threads=40, connections=CLIENTS)
DEFAULT = Budget(threads=40, connections=10)  # asyncpg's max_size and aiomysql's maxsize
COLOURS = ("red", "green", "blue", "white", "black")
THINGS = ("chair", "table", "lamp", "basket", "mirror")

scenario = Scenario(
    group="scenes",
    question="What is saved by asking index, database and cache at once, and which pool decides?",
    workload=Workload(
        "/search?words={key}", keys=",".join(map("+".join, product(COLOURS, THINGS)))
    ),
    needs=("postgres", "mysql", "redis"),
    primary=time_alone,
    budget=BUDGET,
    clients=CLIENTS,
    loads=(),
    # The index sleeps this long in its query, the database in each of its two; wait_ms is the
    # network to the cache, there and back.
    knobs={"wait_ms": 1, "index_ms": 15, "items_ms": 15},
    waits={"postgres": "index_ms", "mysql": "items_ms"},
    variants=(
        Variant(
            "blocking",
            "psycopg 3, PyMySQL and redis-py inside async def",
            runs_on="loop",
            ceiling=one_at_a_time(),
        ),
        Variant(
            "threaded",
            "psycopg 3, PyMySQL and redis-py inside def",
            runs_on="thread",
            ceiling=threads(BUDGET.threads, BUDGET.connections),
        ),
        Variant(
            "awaiting",
            "asyncpg, aiomysql and redis.asyncio, one await after another",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
        Variant(
            "together",
            "asyncio.gather over asyncpg, aiomysql and redis.asyncio",
            runs_on="loop",
            ceiling=event_loop(BUDGET.connections),
        ),
        Variant(
            "default_pool",
            "asyncio.gather with ten connections to each service",
            runs_on="loop",
            ceiling=event_loop(DEFAULT.connections),
            file="together",
            budget=DEFAULT,
        ),
    ),
    traps=(
        Trap(
            "ten connections are what asyncpg and aiomysql open unless they are told otherwise",
            "default_pool",
            over="together",
            by=capacity,
        ),
        Trap(
            "what is asked together is as much work, and holds connections as long",
            "together",
            over="awaiting",
            by=capacity,
        ),
    ),
    claims=(
        # 46 ms of waiting against 30, and the clients' own work, which is the same
        Claim("together", over="awaiting", at_least=1.2),
        # the same: one request alone does not mind what it blocks
        Claim("together", over="blocking", at_least=1.3),
        # one request does not wait for a pool
        Claim("default_pool", over="together", at_least=0.9),
    ),
)
