"""gc.freeze() at the end of start-up: what is there by then is never looked through again."""

import gc

from scenarios.collector.shared import create_app

app = create_app(at_start=gc.freeze)
