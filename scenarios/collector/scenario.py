"""A full collection looks through every object that is alive, and nothing else runs meanwhile.

Objects that live for as long as the app are looked through again and again, and never freed.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, bystander_p99, event_loop

scenario = Scenario(
    group="CPU",
    question="What does the garbage collector cost an app with a large heap?",
    workload=Workload("/reports/{key}", keys="1..1000"),
    primary=bystander_p99(0.25),
    budget=Budget(),
    clients=8,
    loads=(0.25,),  # calm, so that nothing but a collection makes anyone wait for long
    # Two lists for each article stay for ever; a list for each row goes with its request.
    knobs={"articles": 100_000, "rows": 4000},
    variants=(
        Variant(
            "untouched", "the garbage collector's defaults", runs_on="loop", ceiling=event_loop()
        ),
        Variant("frozen", "gc.freeze() after start-up", runs_on="loop", ceiling=event_loop()),
        Variant(
            "raised",
            "a collection threshold of 50,000 objects",
            runs_on="loop",
            ceiling=event_loop(),
        ),
    ),
    # A full collection is due with every seventieth request or so, and takes as long as twenty of
    # them: at a quarter of the load, several bystanders in a hundred meet one.
    claims=(
        Claim("frozen", over="untouched", at_least=2),
        Claim("raised", over="untouched", at_least=2),
    ),
)
