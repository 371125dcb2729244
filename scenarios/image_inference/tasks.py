"""A queue in RabbitMQ, with results in Redis. An rpc:// result reaches one thread alone."""

import os
from uuid import uuid4

from celery import Celery

from scenarios.image_inference import model

# A queue for each app, which goes with its last worker: nobody gets the pictures of another app,
# and nothing is left in somebody's RabbitMQ. One that is to outlive its workers is durable.
NAME = os.environ.setdefault("QUEUE", f"fastapi_bench.{uuid4()}")  # its workers inherit it

queue = Celery(
    "image_inference",
    broker=os.getenv("RABBITMQ_URL", "amqp://bench:bench@127.0.0.1:5672/"),
    backend=os.getenv("REDIS_URL", "redis://127.0.0.1:6379/0"),
)
queue.conf.update(
    broker_heartbeat=0,  # a worker that was stopped for a while goes on
    result_backend_transport_options={"global_keyprefix": "fastapi_bench:"},
    result_expires=60,
    task_default_queue=NAME,
    task_queues={NAME: {"exchange": "", "routing_key": NAME, "auto_delete": True}},
    worker_enable_remote_control=False,
    worker_prefetch_multiplier=1,
)
infer = queue.task(model.infer, name="infer")
