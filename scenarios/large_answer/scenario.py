"""Without a response model, FastAPI's jsonable_encoder walks through all of a large answer."""

from harness.model import Budget, Claim, Scenario, Variant, Workload, cpu_per_request, event_loop

scenario = Scenario(
    group="CPU",
    question="What is the cheapest way to turn a large answer into JSON?",
    workload=Workload("/books/{key}", keys="1..1000"),
    primary=cpu_per_request,
    budget=Budget(),
    clients=8,
    loads=(),
    knobs={"chapters": 700},  # of seven fields each
    variants=(
        Variant("encoded", "dicts without a response model", runs_on="loop", ceiling=event_loop()),
        Variant("modelled", "dicts with a response model", runs_on="loop", ceiling=event_loop()),
        Variant("ready", "a JSONResponse", runs_on="loop", ceiling=event_loop()),
    ),
    # The encoder calls itself in Python for every value; pydantic and json do their part in
    # compiled code.
    claims=(
        Claim("modelled", over="encoded", at_least=2),
        Claim("ready", over="encoded", at_least=2),
    ),
)
