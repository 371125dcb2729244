"""motor with as many threads as `def` routes have: a pool of its own, of five per processor where the environment says nothing before it is imported."""

import os

from scenarios.mongo_find.shared import THREADS

os.environ["MOTOR_MAX_WORKERS"] = str(THREADS)

from motor.motor_asyncio import AsyncIOMotorClient

__all__ = ["AsyncIOMotorClient"]
