"""motor with as many threads as `def` routes have.

Its pool has five per processor, unless the environment sets a number before it is imported.
"""

import os

from scenarios.mongo_find.shared import THREADS

os.environ["MOTOR_MAX_WORKERS"] = str(THREADS)

from motor.motor_asyncio import AsyncIOMotorClient

__all__ = ["AsyncIOMotorClient"]
