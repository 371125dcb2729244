"""The task is `async def` and blocks: it runs on the loop once its own answer is out."""

from fastapi import BackgroundTasks

from scenarios.background.requests_session import open_session
from scenarios.background.shared import TIMEOUT_S, URL, Order, create_app

app = create_app(open_session)


async def send_mail(order_id: int) -> None:
    response = app.state.session.get(f"{URL}/users/{order_id}", timeout=TIMEOUT_S)
    response.raise_for_status()


@app.get("/orders/{order_id}")
async def order(order_id: int, tasks: BackgroundTasks) -> Order:
    tasks.add_task(send_mail, order_id)
    return Order(id=order_id, state="taken")
