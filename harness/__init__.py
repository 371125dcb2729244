"""The package behind bench.py: it plans, runs, judges and reports, in one direction.

    Scenario - design -> Trial - experiment -> facts - store -> disk - judge -> answers - report

A package for each step; `system`, `services`, `servers`, `places` and `load` are what an
experiment needs, `agent` runs inside the measured app, `cli` has the commands. The import
contracts in pyproject.toml draw who may import whom.
"""
