"""How it is done, in one direction: plan -> conduct(drive) -> records -> stats -> report.

The modules beside this one are the experiment: what is asked, planned, recorded and said.
`stage/` is the world: the only code that starts processes.
`report/` is the reader: the only code that draws.
The import contracts in pyproject.toml hold the three apart.
"""
