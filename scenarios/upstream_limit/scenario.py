"""An upstream admits five calls at once and answers 429 beyond. One request at a time never notices."""

from harness.scenario import Budget, Claim, Scenario, Variant, goodput
from harness.theory import event_loop, limited

CALLS = 3  # that one request makes at once; shared.py has the same
ADMITS = 5

scenario = Scenario(
    group="limits",
    question="What is a semaphore worth in front of an upstream that limits you?",
    workload="get_profile",
    needs=("upstream",),
    primary=goodput(0.7),
    budget=Budget(connections=100),
    clients=16,
    loads=(0.5, 0.7, 1.5),
    knobs={"wait_ms": 20, "jitter_ms": 0, "admits": ADMITS},
    samples=("/profiles/1", "/profiles/2"),
    variants=(
        Variant("unbounded", "asyncio.gather", runs_on="loop", ceiling=event_loop(ADMITS / CALLS)),
        Variant("bounded", f"asyncio.gather under asyncio.Semaphore({ADMITS})", runs_on="loop", ceiling=limited(ADMITS, CALLS)),
    ),
    claims=(Claim("bounded", over="unbounded", at_least=1.5),),
)
