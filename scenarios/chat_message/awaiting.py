"""asyncpg and aiokafka, awaited: the loop goes on while the services work."""

from fastapi import WebSocket

from scenarios.chat_message.awaiting_clients import open_clients
from scenarios.chat_message.shared import Message, acknowledgement, conversation, create_app

app = create_app(open_clients)


async def handle(message: Message) -> None:
    clients = app.state.clients
    await clients.store(message)
    await clients.publish(message)


@app.websocket("/chat")
async def chat(socket: WebSocket) -> None:
    async with conversation(socket) as messages:
        async for message in messages:
            await handle(message)
            await socket.send_text(acknowledgement(message))
