"""pymongo inside `async def`: every find holds the event loop."""

from pymongo import MongoClient

from scenarios.mongo_find.shared import CONNECTIONS, URL, Document, User, create_app, found

client = MongoClient[Document](URL, maxPoolSize=CONNECTIONS)
users = client.fastapi_bench.users
app = create_app(users.database.command, client.close)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return found(users.find_one({"_id": user_id}))
