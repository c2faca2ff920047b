"""The servers themselves: what a test may do with one, and that none stays."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pymongo import WriteConcern

from tests.conftest import started
from tests.running import REPOSITORY, wait_until
from tests.servers.missing import ServerMissing, mongod_program, rabbitmq_program
from tests.servers.mongodb import Mongod, ReplicaSet
from tests.servers.process import exists
from tests.servers.rabbitmq import RabbitMq

KEEPS_A_SERVER = """
import psutil, sys, time
from pathlib import Path
from tests.servers.mongodb import Mongod
from tests.servers.rabbitmq import RabbitMq
server = {"mongod": Mongod, "rabbitmq": RabbitMq}[sys.argv[2]](Path(sys.argv[1]))
server.__enter__()
print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)
time.sleep(60)
"""


def test_mongod_keeps_its_data_over_a_kill(tmp_path: Path) -> None:
    with started(lambda: Mongod(tmp_path)) as server:
        with server.client() as client:
            client.a.get_collection("b", write_concern=WriteConcern(j=True)).insert_one({"_id": 1})
        server.kill()
        assert not server.pids
        server.start()
        with server.client() as client:
            assert list(client.a.b.find()) == [{"_id": 1}]


def test_a_replica_set_elects_another_primary(tmp_path: Path) -> None:
    with started(lambda: ReplicaSet(tmp_path, 3)) as replica_set:
        first = replica_set.wait_for_primary()
        first.kill()
        second = replica_set.wait_for_primary()
        assert second is not first
        first.start()
        replica_set.wait_until_whole()
        # Barred for as long as a busy machine may take to see another one elected.
        stepped_down = wait_until(lambda: replica_set.step_down(30), "the primary to give up", 60)
        assert replica_set.wait_for_primary() is not stepped_down


def test_rabbitmq_is_frozen_killed_and_stopped(tmp_path: Path) -> None:
    with started(lambda: RabbitMq(tmp_path)) as server:
        assert server.queue_lengths() == {}
        vhost = server.new_vhost().rpartition("/")[2]
        server.freeze()
        assert _statuses(server.pids) - {psutil.STATUS_ZOMBIE} == {psutil.STATUS_STOPPED}
        killed = server.pids
        server.kill()
        assert not any(map(exists, killed))
        server.start()
        assert vhost in server.ctl("list_vhosts")
        stopped = server.pids
        server.stop()
        assert not any(map(exists, stopped))


@pytest.mark.parametrize("kind", ["mongod", "rabbitmq"])
def test_a_server_goes_with_the_python_that_started_it(tmp_path: Path, kind: str) -> None:
    try:
        mongod_program() if kind == "mongod" else rabbitmq_program("rabbitmq-server")
    except ServerMissing as missing:
        pytest.skip(str(missing))
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPS_A_SERVER, str(tmp_path), kind], cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    with keeper:
        assert keeper.stdout is not None
        pids = [int(pid) for pid in keeper.stdout.readline().split()]
        assert len(pids) > 1
        assert all(map(exists, pids))
        keeper.send_signal(signal.SIGKILL)
    wait_until(lambda: not any(map(exists, pids)), "an end of the server")


def _statuses(pids: list[int]) -> set[str]:
    return {psutil.Process(pid).status() for pid in pids}
