"""As many connections at once as a pool would hold: other requests wait, on loop or thread."""

import asyncio
import threading

from scenarios.db_connections.shared import CONNECTIONS

places = asyncio.Semaphore(CONNECTIONS)
places_for_threads = threading.Semaphore(CONNECTIONS)
