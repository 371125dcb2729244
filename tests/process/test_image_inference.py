"""Pictures are recognized alike wherever it is done, and Celery's workers end with their app."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from amqp import NotFound
from celery import Celery
from redis import Redis

from harness.catalogue import catalogue
from harness.project import ROOT
from harness.services import provide
from harness.services.provide import ProcessStarter, provided
from harness.services.service import Start
from harness.system.processes import ProcessSupervisor, wait_until

ANSWERING = Path(__file__).parents[1] / "support" / "answering.py"
IMAGES = catalogue()["image_inference"]
PATHS = ("/pictures/0/labels", "/pictures/7/labels", "/pictures/19/labels", "/idle")
QUEUE = "fastapi_bench.test"
PATIENCE_S = 60  # on a busy machine


@contextmanager
def services(supervisor: ProcessSupervisor) -> Iterator[Mapping[str, str]]:
    """Provide what the variants need; yield how it is found."""
    for need in IMAGES.requires:
        if why := provide.lacking(need):
            pytest.skip(f"{why}: {why.hint}")
    begin = Start(IMAGES, supervisor, supervisor.folder)
    with provided(begin, ProcessStarter(begin)) as found:
        yield provide.environment(found)


@contextmanager
def answering(
    name: str, found: Mapping[str, str], paths: tuple[str, ...] = PATHS
) -> Iterator[subprocess.Popen[bytes]]:
    """Let a variant answer."""
    app = IMAGES.app(name, ROOT)
    with subprocess.Popen(
        [sys.executable, ANSWERING, app.target.removesuffix(":app"), *paths],
        env={**os.environ, "APP": app.target, **found, **app.environment},
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_all_variants_see_the_same_in_a_picture(supervisor: ProcessSupervisor) -> None:
    """And another thing in another picture; the queue's results bear the suite's name."""
    answers = set()
    with services(supervisor) as found:
        for variant in IMAGES.variants:
            with answering(variant.name, found) as process:
                answers.add(process.communicate(timeout=PATIENCE_S)[0])
            assert process.returncode == 0
        left = keys(found["REDIS_URL"])
    assert left
    assert all(key.startswith(b"fastapi_bench:") for key in left)
    (answer,) = answers
    *seen, idle = map(json.loads, answer.splitlines())
    assert idle == {"idle": True}
    assert [one["number"] for one in seen] == [0, 7, 19]
    assert all(len(set(one["labels"])) == 3 for one in seen)
    assert len({json.dumps([one["labels"], one["score"]]) for one in seen}) > 1


def keys(url: str) -> list[bytes]:
    """Return all keys of a Redis."""
    with Redis.from_url(url) as client:
        return list(client.scan_iter())


def test_the_workers_of_a_queue_end_with_an_app_that_is_killed(
    supervisor: ProcessSupervisor,
) -> None:
    """They and their queue are gone, though nobody told them."""
    with services(supervisor) as found:
        # It is killed in the midst of its answers.
        with answering("queued", {**found, "QUEUE": QUEUE}, PATHS[:1] * 1_000) as app:
            assert app.stdout is not None
            assert app.stdout.readline()
            workers = psutil.Process(app.pid).children(recursive=True)
            assert len(workers) >= IMAGES.budget.workers
            assert exists(QUEUE, found["RABBITMQ_URL"])
            app.kill()
        assert wait_until(lambda: not any(map(running, workers)), PATIENCE_S)
        assert wait_until(lambda: not exists(QUEUE, found["RABBITMQ_URL"]), PATIENCE_S)


def running(process: psutil.Process) -> bool:
    """Return whether a process runs; one that nobody has waited for does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def exists(queue: str, url: str) -> bool:
    """Return whether RabbitMQ has a queue."""
    with Celery(broker=url).connection() as connection:
        try:
            connection.channel().queue_declare(queue, passive=True)
        except NotFound:
            return False
    return True
