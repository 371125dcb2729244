"""motor, past its end of life: it is awaited, but every find runs pymongo in a thread."""

from scenarios.mongo_find.motor_client import AsyncIOMotorClient
from scenarios.mongo_find.shared import CONNECTIONS, URL, Document, User, create_app, found

client = AsyncIOMotorClient[Document](URL, maxPoolSize=CONNECTIONS)
users = client.fastapi_bench.users
app = create_app(users.database.command, client.close)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return found(await users.find_one({"_id": user_id}))
