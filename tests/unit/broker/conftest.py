from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.broker.parts import Peer, Peers


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[Peers]:
    made = Peers(tmp_path / "broker.sqlite")
    yield made
    made.close()


@pytest.fixture
def peer(peers: Peers) -> Peer:
    return peers()
