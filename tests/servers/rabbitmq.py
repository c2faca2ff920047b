"""RabbitMQ, one node or several as a cluster, as any user, apart from whatever RabbitMQ the machine runs itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import quote
from uuid import uuid4

import amqp

from tests.servers.missing import rabbitmq_program
from tests.servers.ports import lasting_port
from tests.servers.process import ServerProcess

_CTL_SECONDS = 60.0
_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"


class Epmd(ServerProcess):
    """Tells Erlang nodes each other's ports. Ours, in the foreground: a node would leave one behind."""

    def __init__(self, folder: Path) -> None:
        self.port = lasting_port()
        program = shutil.which("epmd")
        assert program is not None, "Erlang without epmd"
        command = [program, "-address", "127.0.0.1", "-port", str(self.port)]
        super().__init__("epmd", command, {}, folder / f"epmd-{self.port}.log", self._answers)
        self._names = [program, "-port", str(self.port), "-names"]

    def _answers(self) -> bool:
        return subprocess.run(self._names, capture_output=True, timeout=20, check=False).returncode == 0


class RabbitMq(ServerProcess):
    """One node from `__enter__` to `__exit__`; the user is `guest`, whose password is `guest`.

    The nodes of a cluster share their `epmd`; a new one `joins` another by name. Where many virtual hosts are wanted,
    some are made at once: a start of Erlang takes a second of processor. But the more there are, the longer a restart.
    """

    def __init__(
        self, folder: Path, *, epmd: Epmd | None = None, joins: str | None = None, vhosts_at_once: int = 1
    ) -> None:
        self.port = lasting_port()
        self.node = f"backdrop-{uuid4().hex[:8]}@localhost"
        self.folder = folder / self.node.partition("@")[0]
        self.folder.mkdir(parents=True)
        self._vhosts_at_once = vhosts_at_once
        self._spare_vhosts: list[str] = []
        self._epmd = epmd or Epmd(self.folder)
        _write_files(self.folder, joins)
        self._environment_of_node = _environment(self.folder, self.node, self.port, self._epmd.port)
        super().__init__(
            self.node,
            [str(rabbitmq_program("rabbitmq-server"))],
            self._environment_of_node,
            self.folder / "rabbitmq.log",
            self._answers,
        )

    def url(self, vhost: str = "/") -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{quote(vhost, safe='')}"

    def new_vhost(self) -> str:
        """The URL of a virtual host that no other test has."""
        if not self._spare_vhosts:
            self._spare_vhosts = self._make_vhosts()
        return self.url(self._spare_vhosts.pop())

    def _make_vhosts(self) -> list[str]:
        names = [f"test_{uuid4().hex}" for _ in range(self._vhosts_at_once)]
        listed = ", ".join(f'<<"{name}">>' for name in names)
        self.ctl(
            "eval",
            f'[begin rabbit_vhost:add(V, <<"guest">>), rabbit_auth_backend_internal:set_permissions('
            f'<<"guest">>, V, <<".*">>, <<".*">>, <<".*">>, <<"guest">>) end || V <- [{listed}]].',
        )
        return names

    def ctl(self, *arguments: str) -> str:
        """What `rabbitmqctl` says; AssertionError if it fails."""
        ended = subprocess.run(
            [str(rabbitmq_program("rabbitmqctl")), "--quiet", "--node", self.node, *arguments],
            env={**os.environ, **self._environment_of_node},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_CTL_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, f"rabbitmqctl {' '.join(arguments)}: {ended.stdout}{ended.stderr}"
        return ended.stdout

    def queue_lengths(self, vhost: str = "/") -> dict[str, int]:
        """How many messages each queue has, those that a consumer holds among them."""
        listed = self.ctl("list_queues", "--vhost", vhost, "--no-table-headers", "name", "messages")
        rows = (line.split("\t") for line in listed.splitlines())
        return {name: int(messages) for name, messages in rows}

    def spawn(self) -> None:
        if not self._epmd.is_running:
            self._epmd.start()
        super().spawn()

    def __enter__(self) -> RabbitMq:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: BaseException | type[BaseException] | TracebackType | None) -> None:
        self.kill()
        self._epmd.kill()

    def _answers(self) -> bool:
        connection = amqp.Connection(f"127.0.0.1:{self.port}", connect_timeout=5, read_timeout=5)
        try:
            connection.connect()
            connection.close()
        except (OSError, amqp.AMQPError):
            return False
        return True


class RabbitMqCluster:
    """Three nodes, from `__enter__` to `__exit__`."""

    def __init__(self, folder: Path, size: int = 3) -> None:
        self._epmd = Epmd(folder)
        first = RabbitMq(folder, epmd=self._epmd)
        # Each with all as its peers, they would wait for one another.
        others = (RabbitMq(folder, epmd=self._epmd, joins=first.node) for _ in range(size - 1))
        self.nodes = (first, *others)

    def new_vhost(self) -> str:
        """The URLs, parted by `;`, of a virtual host that no other test has."""
        vhost = self.nodes[0].new_vhost().rpartition("/")[2]
        return ";".join(node.url(vhost) for node in self.nodes)

    def __enter__(self) -> RabbitMqCluster:
        try:
            first, *others = self.nodes
            first.start()
            for node in others:
                node.spawn()
            for node in others:
                node.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: BaseException | type[BaseException] | TracebackType | None) -> None:
        for node in self.nodes:
            node.kill()
        self._epmd.kill()


def _environment(folder: Path, node: str, port: int, epmd_port: int) -> Mapping[str, str]:
    """Nothing of the machine's own RabbitMQ: names, ports, folders, cookie."""
    return {
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(epmd_port),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_CTL_DIST_PORT_MIN": "0",
        "RABBITMQ_CTL_DIST_PORT_MAX": "0",
        "RABBITMQ_CTL_ERL_ARGS": _LOOPBACK,
        "RABBITMQ_DIST_PORT": str(lasting_port()),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_NODENAME": node,
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _LOOPBACK,
    }


def _write_files(folder: Path, joins: str | None) -> None:
    cookie = folder / ".erlang.cookie"
    cookie.write_text("private-to-the-tests", encoding="utf-8")
    cookie.chmod(0o400)
    (folder / "enabled_plugins").write_text("[].\n", encoding="utf-8")
    (folder / "env.conf").touch()
    settings = ["log.console.level = warning", "disk_free_limit.absolute = 1MB"]
    if joins is not None:
        settings.append("cluster_formation.peer_discovery_backend = classic_config")
        settings.append(f"cluster_formation.classic_config.nodes.1 = {joins}")
    (folder / "rabbitmq.conf").write_text("\n".join(settings) + "\n", encoding="utf-8")
