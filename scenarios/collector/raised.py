"""A higher threshold: nothing is collected until 50,000 more objects live than the last time."""

import gc
from functools import partial

from scenarios.collector.shared import create_app

app = create_app(at_start=partial(gc.set_threshold, 50_000))
