"""asyncpg: the same file under every server."""

from scenarios.server.shared import QUERY, User, create_app

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with app.state.pool.acquire() as connection:
        row = await connection.fetchrow(QUERY, user_id)
    return User(id=row[0], name=row[1], email=row[2])
