"""RabbitMQ, one node or several as a cluster, as any user, apart from whatever RabbitMQ the machine runs itself."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import quote
from uuid import uuid4

import amqp

from tests.servers.erlang import COOKIE, Epmd, evaluated, write_lean_applications
from tests.servers.missing import rabbitmq_program
from tests.servers.ports import lasting_port
from tests.servers.process import ServerProcess

ADVANCED_CONFIG = "[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 5000}]}]."
"""As the deploy page advises."""

_CTL_SECONDS = 60.0
_APPLICATIONS = "applications"
_QUEUE = re.compile(r"\{'?([^'{},]+)'?, (\d+)\}")
_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"


class RabbitMq(ServerProcess):
    """One node from `__enter__` to `__exit__`; the user is `guest`, whose password is `guest`.

    The nodes of a cluster share their `epmd`; a new one `joins` another by name.
    """

    def __init__(self, folder: Path, *, epmd: Epmd | None = None, joins: str | None = None) -> None:
        self.port, self._erlang_port = lasting_port(), lasting_port()
        self.node = f"backdrop-{uuid4().hex[:8]}@localhost"
        self.folder = folder / self.node.partition("@")[0]
        self.folder.mkdir(parents=True)
        self._epmd = epmd or Epmd(self.folder)
        _write_files(self.folder, joins)
        self._environment_of_node = _environment(
            self.folder, self.node, self.port, self._erlang_port, self._epmd.port
        )
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
        name = f"test_{uuid4().hex}"
        self.evaluate(
            f'rabbit_vhost:add(<<"{name}">>, <<"guest">>), rabbit_auth_backend_internal:set_permissions('
            f'<<"guest">>, <<"{name}">>, <<".*">>, <<".*">>, <<".*">>, <<"guest">>)'
        )
        return self.url(name)

    def stop_app(self) -> None:
        """As `rabbitmqctl stop_app`: the broker ends and lets go of its clients, the Erlang node stays."""
        self.evaluate("ok = rabbit:stop()")

    def start_app(self) -> None:
        self.evaluate("ok = rabbit:start()")

    def evaluate(self, expressions: str) -> str:
        """The result of the last one as Erlang writes it; AssertionError if one fails. `ctl` does as much in a
        second of processor, nearly all of it for the start of another Erlang."""
        return evaluated(self._erlang_port, expressions, _CTL_SECONDS)

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
        listed = self.evaluate(
            f"[{{binary_to_atom(element(4, N)), M}} || [{{name, N}}, {{messages, M}}] <- "
            f'rabbit_amqqueue:info_all(<<"{vhost}">>, [name, messages])]'
        )
        return {name: int(messages) for name, messages in _QUEUE.findall(listed)}

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
        # It answers clients before. A virtual host that another node makes meanwhile is never opened on this one.
        return self.evaluate("rabbit:is_booted(node())") == "true"


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
        for node in self.nodes:
            assert node.evaluate(f'rabbit_vhost_sup_sup:is_vhost_alive(<<"{vhost}">>)') == "true", node.name
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


def _environment(folder: Path, node: str, port: int, erlang_port: int, epmd_port: int) -> Mapping[str, str]:
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
        "RABBITMQ_DIST_PORT": str(erlang_port),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_NODENAME": node,
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _LOOPBACK,
        "RABBITMQ_SERVER_CODE_PATH": str(folder / _APPLICATIONS),
    }


def _write_files(folder: Path, joins: str | None) -> None:
    cookie = folder / ".erlang.cookie"
    cookie.write_text(COOKIE, encoding="utf-8")
    cookie.chmod(0o400)
    (folder / "enabled_plugins").write_text("[].\n", encoding="utf-8")
    (folder / "env.conf").touch()
    (folder / "advanced.config").write_text(f"{ADVANCED_CONFIG}\n", encoding="utf-8")
    plugins = rabbitmq_program("rabbitmq-server").resolve().parent.parent / "plugins"
    write_lean_applications(folder / _APPLICATIONS, plugins)
    settings = ["log.console.level = warning", "disk_free_limit.absolute = 1MB"]
    if joins is not None:
        settings.append("cluster_formation.peer_discovery_backend = classic_config")
        settings.append(f"cluster_formation.classic_config.nodes.1 = {joins}")
    (folder / "rabbitmq.conf").write_text("\n".join(settings) + "\n", encoding="utf-8")
