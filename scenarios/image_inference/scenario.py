"""A picture takes 8 ms of computing in code that releases the interpreter: NumPy and Pillow.

So threads do, as many as there are cores: more of them compute no more, and each holds its arrays.
A pool of processes adds the trip of a picture, and a queue adds RabbitMQ, Redis and a client that
blocks. That shows in the capacity, which does not decide here. A queue brings what is not measured:
work that outlives the app, on other machines.

BLAS has a thread of its own for each core unless it is told otherwise, in every process. The knob
tells it: one.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Trap,
    Variant,
    Workload,
    bystander_p99,
    capacity,
    one_at_a_time,
    processes,
)

BUDGET = Budget(workers=2, threads=40)
CORES = Budget(workers=2, threads=2)

scenario = Scenario(
    group="scenes",
    question="Where should a picture be recognized: on the loop, in threads, in processes, or "
    "behind a queue?",
    workload=Workload("/pictures/{key}/labels", keys="0..19"),
    primary=bystander_p99(0.5),
    budget=BUDGET,
    clients=32,
    loads=(0.5,),
    knobs={"openblas_num_threads": 1},
    variants=(
        Variant("inline", "NumPy inside async def", runs_on="loop", ceiling=one_at_a_time()),
        Variant(
            "threaded",
            "run_in_threadpool, as many threads as cores",
            runs_on="thread",
            ceiling=processes(CORES.threads),
            budget=CORES,
        ),
        Variant(
            "crowded",
            "run_in_threadpool, forty threads",
            runs_on="thread",
            ceiling=processes(BUDGET.threads),
            file="threaded",
        ),
        Variant(
            "processes",
            "ProcessPoolExecutor, as many processes as cores",
            runs_on="process",
            ceiling=processes(BUDGET.workers),
        ),
        Variant(
            "queued",
            "Celery over RabbitMQ and Redis, as many workers as cores",
            runs_on="process",
            ceiling=processes(BUDGET.workers),
            needs=("rabbitmq", "redis"),
        ),
    ),
    traps=(
        Trap(
            "more threads than cores compute no more pictures",
            "crowded",
            over="threaded",
            by=capacity,
        ),
        Trap(
            "more threads than cores wait for the interpreter beside the event loop",
            "crowded",
            over="threaded",
            by=bystander_p99(0.5),
        ),
        Trap(
            "a queue adds the ways to RabbitMQ and Redis, there and back",
            "queued",
            over="processes",
            by=capacity,
        ),
    ),
    claims=(
        # A bystander waits for a picture, and in one of a hundred cases for several.
        Claim("threaded", over="inline", at_least=2),
        Claim("processes", over="inline", at_least=2),
        # A thread holds the interpreter too, for pieces that are much shorter than a picture.
        Claim("threaded", over="processes", at_least=0.3, expected="at least 0.5×"),
    ),
)
