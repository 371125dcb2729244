"""A WebSocket beside a route that awaits 50 ms: nothing here bounds that."""

import asyncio

from fastapi import FastAPI, WebSocket

PRICE: dict[str, str | int] = {"symbol": "ABC", "price": 17}

app = FastAPI()


@app.websocket("/prices")
async def prices(socket: WebSocket) -> None:
    """Send the price every second."""
    await socket.accept()
    while True:
        await socket.send_json(PRICE)
        await asyncio.sleep(1)


@app.get("/price")
async def price() -> dict[str, str | int]:
    """Return the price, once a service elsewhere has answered."""
    await asyncio.sleep(0.05)
    return PRICE
