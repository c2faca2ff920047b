"""What is parked, and putting it back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backdrop.broker import NotParked, broker_url, open_parking
from tests.unit.broker.parts import Peer, Peers


def test_a_parked_message_shows_what_it_was_and_why(peer: Peer, peers: Peers) -> None:
    peer.queue.put(["q"], b"broken", 4)
    lease = peer.take().lease
    peers.clock.now += 60
    peer.queue.park(lease, "no such task")
    (parked,) = peer.parking.list_parked()
    assert (parked.queue, parked.payload, parked.priority) == ("q", b"broken", 4)
    assert (parked.deliveries, parked.reason) == (1, "no such task")
    assert parked.queued_at == datetime.fromtimestamp(peers.clock.now - 60, UTC)
    assert parked.parked_at == datetime.fromtimestamp(peers.clock.now, UTC)
    assert peer.queue.lease("q") is None


def test_a_requeued_message_starts_anew_at_the_end(peer: Peer) -> None:
    peer.queue.put(["q"], b"1", 4)
    peer.queue.park(peer.take().lease, "why")
    peer.queue.put(["q"], b"2", 4)
    (parked,) = peer.parking.list_parked()
    peer.parking.requeue(parked.id)
    assert peer.parking.list_parked() == []
    assert peer.take().payload == b"2"
    again = peer.take()
    assert (again.payload, again.lease.delivery) == (b"1", 1)


def test_what_was_never_in_the_queue_can_be_parked(peer: Peer) -> None:
    parked_id = peer.parking.park("q", b"from elsewhere", "gave up after 5 tries")
    (parked,) = peer.parking.list_parked()
    assert (parked.id, parked.reason, parked.deliveries) == (parked_id, "gave up after 5 tries", 0)
    peer.parking.requeue(parked_id)
    assert peer.payloads() == [b"from elsewhere"]


def test_a_message_is_put_back_once(peer: Peer) -> None:
    parked_id = peer.parking.park("q", b"1", "why")
    peer.parking.requeue(parked_id)
    with pytest.raises(NotParked, match=f"the id {parked_id}"):
        peer.parking.requeue(parked_id)
    assert peer.payloads() == [b"1"]


def test_long_lists_come_in_pieces(peer: Peer) -> None:
    for number in range(5):
        peer.parking.park("q", b"%d" % number, "why")
    first = peer.parking.list_parked(limit=2)
    rest = peer.parking.list_parked(after=first[-1].id)
    assert [parked.payload for parked in [*first, *rest]] == [b"0", b"1", b"2", b"3", b"4"]
    assert peer.parking.count() == 5


def test_parked_messages_are_reached_by_the_brokers_url(peer: Peer) -> None:
    peer.parking.park("q", b"1", "why")
    with open_parking(broker_url(peer.database.path)) as parking:
        (parked,) = parking.list_parked()
        parking.requeue(parked.id)
    assert peer.payloads() == [b"1"]
