"""redis-py inside `async def`: every GET holds the event loop."""

from redis import BlockingConnectionPool, Redis

from scenarios.cache_get.shared import CONNECTIONS, URL, User, create_app, found

pool = BlockingConnectionPool.from_url(URL, max_connections=CONNECTIONS, timeout=None)
cache = Redis(connection_pool=pool)
app = create_app(cache.mset, pool.disconnect)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return found(cache.get(f"fastapi_bench:user:{user_id}"))
