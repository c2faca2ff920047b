"""The ports of ./run_development.sh."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.running import free_port
from tools.development.ports import BadPorts, Ports, check_free, read_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_the_usual_ports() -> None:
    assert read_ports({}) == Ports(stagecraft=3103, read=3038, write=3039)


def test_each_app_is_told_where_the_others_are() -> None:
    settings = read_ports({"READ_PORT": "4038", "STAGECRAFT_PORT": "4103"}).settings()
    assert settings["STAGECRAFT_URL"] == "http://localhost:4103"
    assert settings["BACKDROP_READ_URL"] == "http://localhost:4038/data"
    assert settings["BACKDROP_WRITE_URL"] == "http://localhost:3039/data"


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "3038.5", "٣"])
def test_what_is_no_port_is_named(value: str) -> None:
    with pytest.raises(BadPorts, match=f"READ_PORT must be a port.*'{value}'"):
        read_ports({"READ_PORT": value})


def test_two_apps_on_one_port_are_named() -> None:
    with pytest.raises(BadPorts, match="READ_PORT and WRITE_PORT are both 3039"):
        read_ports({"READ_PORT": "3039"})


def test_a_port_in_use_is_named_with_its_app_and_a_way_out(taken: int) -> None:
    stagecraft, read, write = (free_port() for _ in range(3))
    check_free(Ports(stagecraft=stagecraft, read=read, write=write))
    with pytest.raises(
        BadPorts, match=rf"Port {taken} \(for the read app\) is in use.*READ_PORT={taken + 1000}"
    ):
        check_free(Ports(stagecraft=stagecraft, read=taken, write=write))
