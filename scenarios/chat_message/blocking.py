"""Clients that block, in the handler of the socket: every message holds the event loop."""

from fastapi import WebSocket

from scenarios.chat_message.blocking_clients import open_clients
from scenarios.chat_message.shared import Message, acknowledgement, conversation, create_app

app = create_app(open_clients)


def handle(message: Message) -> None:
    clients = app.state.clients
    clients.store(message)
    delivery = clients.publish(message)
    clients.producer.flush()
    delivery.result()


@app.websocket("/chat")
async def chat(socket: WebSocket) -> None:
    async with conversation(socket) as messages:
        async for message in messages:
            handle(message)
            await socket.send_text(acknowledgement(message))
