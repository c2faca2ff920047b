"""RabbitMQ, the worker and the write app are killed and stopped under load, again and again; nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from kombu import Connection

from backdrop.broker import parked_tasks
from backdrop.broker.celery_app import make_celery, task_sender
from backdrop.broker.names import ENTRYPOINT
from backdrop.broker.outgoing import TaskMessage, TaskSender
from backdrop.core.triggers import BrokerUnavailable
from tests.apps.fault_scene import NAMES, WEEKS, FaultScene, in_parallel
from tests.apps.transforming import week_of
from tests.conftest import started
from tests.processes import wait_until
from tests.servers.rabbitmq import RabbitMq

pytestmark = pytest.mark.faults

ROUNDS = 10
WORKED_OFF_SECONDS = 150
"""Tasks wait about as long for their next try as what they need was away, and that is up to the machine."""
WAITS = ("transforms.wait.1", "transforms.wait.2", "transforms.wait.4", "transforms.wait.8")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMq]:
    with started(lambda: RabbitMq(tmp_path_factory.mktemp("broker"))) as server:
        yield server


@pytest.fixture(scope="module")
def url(broker: RabbitMq) -> str:
    return broker.new_vhost()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, broker: RabbitMq, url: str) -> Iterator[FaultScene]:
    with FaultScene(tmp_path_factory.mktemp("scene"), broker, url) as made:
        yield made


@pytest.fixture(scope="module")
def way(url: str) -> TaskSender:
    return task_sender(make_celery(url))


def fill(scene: FaultScene, way: TaskSender, count: int) -> int:
    """Sends tasks until one is not taken; answers how many were."""
    for sent in range(count):
        week = week_of(scene.chance.randrange(WEEKS))
        try:
            way.send(
                TaskMessage(ENTRYPOINT, str(uuid4()), [f"g_{scene.chance.choice(NAMES)}", week, week], "fill")
            )
        except BrokerUnavailable:
            return sent
    return count


def ready(connection: Connection, *queues: str) -> int:
    """How many messages wait in these queues."""
    channel = connection.default_channel
    return sum(channel.queue_declare(queue, passive=True).message_count for queue in queues)


def wait_for_retries(url: str) -> int:
    """Until one waits; how many do."""
    with Connection(url) as connection:
        count: int = wait_until(lambda: ready(connection, *WAITS), "a retry that waits", 20)
        return count


def assert_nothing_lost(scene: FaultScene, url: str, fault: str) -> None:
    """Waits, without helping, until all is worked off; then counts."""
    try:
        wait_until(scene.is_settled, "the right derived data sets", WORKED_OFF_SECONDS)
        with Connection(url) as connection:
            queues = ("transforms", *WAITS)
            wait_until(lambda: ready(connection, *queues) == 0, "an empty queue", WORKED_OFF_SECONDS)
    finally:
        balance = scene.balance(fault)
    for kind in ("records", "derived"):
        assert balance[f"{kind} found"] == balance[f"{kind} acknowledged"] > 0
        assert (balance[f"{kind} lost"], balance[f"{kind} twice"]) == (0, 0)
    assert list(parked_tasks.describe(url)) == []
    assert "Traceback" not in scene.site.write.log()


@dataclass
class Stream:
    """Tasks that nobody takes, sent as fast as they go: each that was acknowledged must be found in the end."""

    url: str
    acknowledged: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Makes the queues."""
        task_sender(make_celery(self.url)).send(TaskMessage("nobody.takes", str(uuid4()), [], "stream"))

    def until_refused(self) -> None:
        """Sends through a new connection until the broker is away."""
        way = task_sender(make_celery(self.url))
        with suppress(BrokerUnavailable):
            while True:
                name = str(uuid4())
                way.send(TaskMessage("nobody.takes", name, [], "stream"))
                self.acknowledged.append(name)

    def balance(self) -> Counter[str]:
        """Takes them out of the queue; prints and answers the counts. One more may be there for each refusal."""
        found = Counter[str]()
        with Connection(self.url) as connection:
            while message := connection.default_channel.basic_get("transforms", no_ack=True):
                found[message.headers["id"]] += 1
        wanted = set(self.acknowledged)
        result = Counter(
            acknowledged=len(wanted),
            found=len(wanted & set(found)),
            lost=len(wanted - set(found)),
            twice=sum(count - 1 for count in found.values()),
        )
        print(
            f"sends into kills of RabbitMQ: {dict(result)}, sent but not acknowledged {len(set(found) - wanted)}"
        )
        return result


# Two minutes on a quiet machine of two processors, four beside much else. Each wait in it has its own end.
@pytest.mark.timeout(600)
def test_everything_is_killed(scene: FaultScene, broker: RabbitMq, url: str, way: TaskSender) -> None:
    """Each round, at moments of chance: RabbitMQ with a full queue and with retries that wait, the worker in the
    middle of tasks, and the write app, the second time with acknowledged writes that no broker has."""
    counts, stream = Counter[str](), Stream(broker.new_vhost())

    def kill_broker() -> None:
        scene.pause()
        broker.kill()

    def kill_worker() -> None:
        scene.pause()
        scene.site.worker.kill()

    def kill_write() -> None:
        scene.pause(1.0)
        scene.site.write.kill()
        scene.site.start("write")

    stream.begin()
    with scene.writing():
        scene.wait_for_writes(50)  # see all_queues: its queues are new
        for _ in range(ROUNDS):
            scene.gate.cut("GET")
            counts["queued"] += fill(scene, way, 10)
            counts["retries waiting"] += wait_for_retries(url)
            in_parallel(kill_broker, stream.until_refused, kill_worker, kill_write)
            scene.wait_for_writes(5)
            scene.gate.open()
            in_parallel(kill_write, broker.start, lambda: scene.site.start("worker"))
    print(f"\n{ROUNDS} kills of RabbitMQ and of the worker, {2 * ROUNDS} of the write app; {dict(counts)}")
    assert_nothing_lost(scene, url, "everything is killed")
    balance = stream.balance()
    assert balance["found"] == balance["acknowledged"] > ROUNDS
    assert (balance["lost"], balance["twice"]) == (0, 0)


def test_rabbitmq_stops_before_during_and_after_writes(scene: FaultScene, broker: RabbitMq, url: str) -> None:
    with scene.writing():
        for _ in range(ROUNDS):
            scene.wait_for_writes(2)
            scene.pause(0.2)
            broker.stop_app()
            scene.wait_for_writes(3)
            broker.start_app()
    assert_nothing_lost(scene, url, f"RabbitMQ was stopped and started {ROUNDS} times")
