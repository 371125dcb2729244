"""Where apps and services run: as processes, or in containers; from this checkout, or another.

A session chooses the place once, opens it once, and takes a place for each scenario:

    chosen = choose("auto")  # of harness.places.choice; its `where` is the place, and why, in words
    ... chosen.lacking(need) ...  # why a service cannot be provided there, if it cannot
    with chosen.opened(supervisor, results) as place_of:  # the containers' project, where needed
        place = place_of(split, port, monitor_port)

A gate serves other checkouts as processes: `harness.places.checkouts` extracts and installs
them, and `Host(..., agent=...)` serves them with the same agent.
"""
