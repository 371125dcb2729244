"""In a thread what blocks; to publish does not, and the report of one's own message is awaited."""

from asyncio import wrap_future

from fastapi import WebSocket
from fastapi.concurrency import run_in_threadpool

from scenarios.chat_message.blocking_clients import open_polled_clients
from scenarios.chat_message.shared import Message, acknowledgement, conversation, create_app

app = create_app(open_polled_clients)


async def handle(message: Message) -> None:
    clients = app.state.clients
    await run_in_threadpool(clients.store, message)
    await wrap_future(clients.publish(message))


@app.websocket("/chat")
async def chat(socket: WebSocket) -> None:
    async with conversation(socket) as messages:
        async for message in messages:
            await handle(message)
            await socket.send_text(acknowledgement(message))
