"""`@app.middleware("http")` is convenient, and each one runs the rest of the app in a task.

The answer comes back through a stream in memory. Plain ASGI only wraps `send`.
"""

from harness.model import Budget, Claim, Scenario, Variant, Workload, cpu_per_request, event_loop

scenario = Scenario(
    group="CPU",
    question="What do two middlewares cost that each add a header?",
    workload=Workload("/users/{key}", keys="1..1000"),
    primary=cpu_per_request,
    budget=Budget(),
    clients=32,
    loads=(),
    variants=(
        Variant(
            "decorated",
            "two @app.middleware('http') functions",
            runs_on="loop",
            ceiling=event_loop(),
        ),
        Variant("plain", "two plain ASGI middlewares", runs_on="loop", ceiling=event_loop()),
        Variant("none", "no middleware", runs_on="loop", ceiling=event_loop()),
    ),
    # A task, a stream and two more turns of the loop, twice, beside a route that does nothing.
    claims=(
        Claim("plain", over="decorated", at_least=1.5),
        Claim("none", over="decorated", at_least=1.5),
    ),
)
