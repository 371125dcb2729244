"""An await that waits for nothing still turns the loop.

It costs the route, and is the only chance that other requests get.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, capacity, event_loop

scenario = Scenario(
    group="CPU",
    question="How much work belongs between two awaits?",
    workload=Workload("/checksum/{key}", keys="1..1000"),
    primary=capacity,
    budget=Budget(),
    clients=8,
    loads=(0.5,),
    # An item takes less than a microsecond, all of them some 8 ms.
    knobs={
        "items": 10_000,
        "batch": 100,
    },
    variants=(
        Variant("item_by_item", "an await after every item", runs_on="loop", ceiling=event_loop()),
        Variant(
            "batched", "an await after every hundred items", runs_on="loop", ceiling=event_loop()
        ),
        Variant("unbroken", "no await", runs_on="loop", ceiling=event_loop()),
    ),
    claims=(
        Claim("batched", over="item_by_item", at_least=1.5),
        Claim("unbroken", over="item_by_item", at_least=1.5),
        Claim("batched", over="unbroken", at_least=0.9),
    ),
)
