"""The files of a scenario `nap`, which needs no service: what its apps do is up to each test."""

from __future__ import annotations

SCENARIO = """
from harness.model import Budget, Scenario, Variant, Workload, capacity

scenario = Scenario(
    group="clients",
    question="Does a nap hurt?",
    workload=Workload("/nap/{key}", keys="1..10"),
    primary=capacity,
    budget=Budget(),
    clients=8,
    variants=(Variant("first", "naps", "loop"), Variant("second", "naps", "loop")),
)
"""
# Each app is one of these beginnings and a handler `nap` of one key, which may use `count`.
# What needs nothing of FastAPI starts in half of the time.
PLAIN = """
import asyncio, itertools, json, math, os, sys, time

count = itertools.count()


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})
        return
    _, route, *key = scope["path"].split("/")
    body = json.dumps(await nap(int(*key)) if route == "nap" else {}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


"""
FASTAPI = """
import asyncio, itertools, json, math, os, sys, time
from fastapi import FastAPI, HTTPException

app = FastAPI()
count = itertools.count()


@app.get("/idle")
async def idle():
    return {}


@app.get("/nap/{key}")
"""
# Beside its idle route it has a socket, whose messages `nap` answers. Like most, it does not catch
# what it is told of a client that has gone.
SOCKETS = (
    FASTAPI.replace("HTTPException", "WebSocket").rpartition("@app.get")[0]
    + """
@app.websocket("/naps")
async def naps(socket: WebSocket):
    await socket.accept()
    while True:
        await socket.send_text(str(await nap(int(await socket.receive_text()))))


"""
)
