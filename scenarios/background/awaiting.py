"""The task is `async def` and awaits: the loop goes on while the mail server works."""

from fastapi import BackgroundTasks

from scenarios.background.aiohttp_session import open_session
from scenarios.background.shared import URL, Order, create_app

app = create_app(open_session)


async def send_mail(order_id: int) -> None:
    async with app.state.session.get(f"{URL}/users/{order_id}"):
        pass


@app.get("/orders/{order_id}")
async def order(order_id: int, tasks: BackgroundTasks) -> Order:
    tasks.add_task(send_mail, order_id)
    return Order(id=order_id, state="taken")
