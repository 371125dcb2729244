"""A sync generator looks as if it ran on the loop.

Each of its chunks travels to a thread and back.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, cpu_per, event_loop, threads

BUDGET = Budget(threads=40)
CHUNKS = 100  # that one answer is made of; shared.py has the same

scenario = Scenario(
    group="streaming",
    question="What does a sync generator cost in a streamed answer?",
    workload=Workload("/reports/{key}", keys="1..1000"),
    primary=cpu_per("chunk", CHUNKS),
    budget=BUDGET,
    clients=16,
    loads=(),
    variants=(
        Variant(
            "threaded",
            "StreamingResponse of a sync generator",
            runs_on="thread",
            ceiling=threads(BUDGET.threads),
        ),
        Variant(
            "inline",
            "StreamingResponse of an async generator",
            runs_on="loop",
            ceiling=event_loop(),
        ),
    ),
    claims=(Claim("inline", over="threaded", at_least=3),),
)
