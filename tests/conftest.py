"""What every test stands on."""

from __future__ import annotations

import signal

# A shell makes what it starts in its background ignore Ctrl-C, and what that starts inherits it.
signal.signal(signal.SIGINT, signal.default_int_handler)
