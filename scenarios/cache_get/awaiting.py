"""redis.asyncio, from the same package: the loop goes on while the cache answers."""

from redis.asyncio import BlockingConnectionPool, Redis

from scenarios.cache_get.shared import CONNECTIONS, URL, User, create_app, found

pool = BlockingConnectionPool.from_url(URL, max_connections=CONNECTIONS, timeout=None)
cache = Redis(connection_pool=pool)
app = create_app(cache.mset, pool.disconnect)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return found(await cache.get(f"fastapi_bench:user:{user_id}"))
