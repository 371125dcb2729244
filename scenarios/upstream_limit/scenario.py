"""An upstream admits five calls at once and answers 429 beyond.

One request at a time never notices.
"""

from harness.model import (
    Budget,
    Claim,
    Scenario,
    Variant,
    Workload,
    event_loop,
    goodput,
    limited,
    paced,
)

CALLS = 3  # that one request makes at once; shared.py has the same
ADMITS = 5
# Calls/s that the proxy lets through: four fifths of what the upstream can do, so that a little
# lateness is not one call too many.
RATE = 200

scenario = Scenario(
    group="limits",
    question=(
        "What is a semaphore worth, or a reverse proxy, "
        "in front of an upstream that limits its callers?"
    ),
    workload=Workload("/profiles/{key}", keys="1..1000", deadline_s=1.0),
    needs=("upstream",),
    primary=goodput(0.7),
    budget=Budget(connections=100),
    clients=16,
    loads=(0.7, 1.5),
    knobs={"wait_ms": 20, "jitter_ms": 0, "admits": ADMITS, "nginx_rate": RATE},
    variants=(
        Variant(
            "unbounded",
            "asyncio.gather without a limit",
            runs_on="loop",
            ceiling=event_loop("admits", CALLS),
        ),
        Variant(
            "bounded",
            "asyncio.gather under an asyncio.Semaphore",
            runs_on="loop",
            ceiling=limited("admits", CALLS),
        ),
        Variant(
            "checked",
            "asyncio.gather under an asyncio.BoundedSemaphore",
            runs_on="loop",
            ceiling=limited("admits", CALLS),
        ),
        Variant(
            "proxied",
            "asyncio.gather through NGINX with limit_req",
            runs_on="loop",
            ceiling=paced("nginx_rate", CALLS),
            needs=("nginx",),
        ),
    ),
    claims=(
        Claim("bounded", over="unbounded", at_least=1.5),
        Claim("checked", over="unbounded", at_least=1.5),
        Claim("proxied", over="unbounded", at_least=1.5),
    ),
)
