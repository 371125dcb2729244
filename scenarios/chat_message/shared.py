"""What the variants hold in common, so that a diff of them shows only the treatment.

A message is stored, then published, and acknowledged once both are certain. What the services make
up, ids and offsets, is no part of the acknowledgement.
"""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, WebSocket, WebSocketDisconnect, status
from pydantic import BaseModel, ValidationError

URL = os.getenv("POSTGRES_URL", "postgresql://bench:bench@127.0.0.1:5432/bench")
BROKERS = os.getenv("KAFKA_URL", "kafka://127.0.0.1:9092").removeprefix("kafka://")
TOPIC = "fastapi_bench_chat"
CONNECTIONS = int(os.getenv("CONNECTIONS", "64"))
THREADS = int(os.getenv("THREADS", "40"))
WAIT_S = float(os.getenv("WAIT_MS", "5")) / 1000
TIMEOUT_S = 10

# The server sleeps, which stands for the network and a disk.
INSERT = """INSERT INTO messages (room, number, text)
SELECT {}, {}, {} FROM (SELECT pg_sleep({})) AS nap"""


class Message(BaseModel):
    room: int
    number: int
    text: str


class Acknowledgement(BaseModel):
    room: int
    number: int
    length: int


def acknowledgement(message: Message) -> str:
    return Acknowledgement(
        room=message.room, number=message.number, length=len(message.text)
    ).model_dump_json()


@asynccontextmanager
async def conversation(socket: WebSocket) -> AsyncIterator[AsyncIterator[Message]]:
    """Hold the messages of a client, until it leaves or sends something else."""
    await socket.accept()
    try:
        yield (Message.model_validate_json(text) async for text in socket.iter_text())
    except WebSocketDisconnect:
        pass  # it left before it was answered
    except ValidationError:
        await socket.close(status.WS_1007_INVALID_FRAME_PAYLOAD_DATA)


def create_app(open_clients: Callable[[], AbstractAsyncContextManager[object]]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        async with open_clients() as app.state.clients:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/idle")
    async def idle() -> dict[str, bool]:
        return {"idle": True}

    return app
