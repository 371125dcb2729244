"""Where apps and services run: as processes, in containers, from a checkout."""
