"""What another CPython is worth, and what it is worth without its global lock.

One app of FastAPI and the standard library, served by uvicorn on asyncio with h11, which every
interpreter can run. Requests are answered in threads, because it is threads that the lock holds. A
sleep stands for the wait. In the last point four requests compute at a time, in four threads.

Also how an interpreter was built counts, and which versions of the packages it has: where there is
no wheel for a free-threaded one, it runs an older pydantic.

The server gets as many cores as there are without two, up to four. On two cores it has one, where
threads without a lock cost something and bring nothing.
"""

from harness.model import Budget, Scenario, Variant, Workload, capacity, free_threads, threads

BUDGET = Budget(workers=4, threads=40)
LOCKED, FREE = threads(BUDGET.threads), free_threads(BUDGET.threads)
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
FREE_VERSIONS = ("3.13t", "3.14t")


def served_by(python: str, does: str, *, free: bool = False, switch: str = "") -> Variant:
    """Return the app under an interpreter."""
    version, _, _ = python.partition("+")
    return Variant(
        f"python_{version.replace('.', '_')}{switch}" if version else "this_python",
        does,
        runs_on="thread",
        ceiling=FREE if free else LOCKED,
        file="threaded",
        server="uvicorn in Python",
        python=python,
    )


scenario = Scenario(
    group="stack",
    question="What is another Python worth, with and without its global lock?",
    workload=Workload("/checksum/{key}", keys="1..1000"),
    primary=capacity,
    budget=BUDGET,
    clients=64,
    loads=(),
    knobs={"wait_ms": 10, "rounds": 0},
    over=(
        {"wait_ms": 0, "rounds": 0},
        {"wait_ms": 10, "rounds": 0},
        # About 5 ms of a loop in pure Python.
        {"wait_ms": 0, "rounds": 50_000, "clients": 4},
    ),
    variants=(
        served_by("", "the Python that runs bench.py"),
        *(served_by(version, f"Python {version}") for version in VERSIONS),
        *(
            variant
            for version in FREE_VERSIONS
            for variant in (
                served_by(version, f"Python {version}, no GIL", free=True, switch="_gil_off"),
                served_by(f"{version}+gil", f"Python {version}, its GIL on", switch="_gil_on"),
            )
        ),
    ),
)
