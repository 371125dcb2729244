"""The same as a model, which FastAPI validates and writes."""

from scenarios.tax.shared import User, create_app

app = create_app()


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    return User(id=user_id)
