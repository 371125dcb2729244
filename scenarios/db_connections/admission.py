"""No more connections at once than a pool would hold: the others wait, in the loop or in their threads."""

import asyncio
import threading

from scenarios.db_connections.shared import CONNECTIONS

places = asyncio.Semaphore(CONNECTIONS)
places_for_threads = threading.Semaphore(CONNECTIONS)
