#!/usr/bin/env python3
"""Measure when async pays off in FastAPI, and what a blocking call really costs.

`bench.py --help` lists the commands: each is a file in harness/cli/, and measuring is the default.
"""

from harness.cli.main import bench

if __name__ == "__main__":
    bench()
