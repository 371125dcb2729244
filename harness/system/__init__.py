"""Processes, processors, clocks, ports: the machine."""
