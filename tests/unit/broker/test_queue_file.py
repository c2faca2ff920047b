"""Messages and their leases, over a real file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backdrop.broker.database import QueueUnavailable
from tests.unit.broker.parts import LEASE, Clock, Peer, Peers

# Leases the first message and ends without a word, as a process does that was killed.
TAKE_AND_END = """
import os, sys
from pathlib import Path
from backdrop.broker.consumer import Consumer
from backdrop.broker.database import QueueDatabase
from backdrop.broker.queue_file import QueueFile
database = QueueDatabase(Path(sys.argv[1]))
assert QueueFile(database, Consumer(database)).lease("q")
os._exit(9)
"""


def test_messages_come_in_the_order_of_their_arrival(peer: Peer) -> None:
    for number in range(5):
        peer.queue.put(["q"], b"%d" % number)
    assert peer.payloads() == [b"0", b"1", b"2", b"3", b"4"]


def test_a_higher_priority_goes_first_and_equals_keep_their_order(peer: Peer) -> None:
    for payload, priority in [(b"a0", 0), (b"b9", 9), (b"c5", 5), (b"d9", 9), (b"e0", 0)]:
        peer.queue.put(["q"], payload, priority)
    assert peer.payloads() == [b"b9", b"d9", b"c5", b"a0", b"e0"]


def test_queues_are_apart(peer: Peer) -> None:
    assert len(peer.queue.put(["q", "other"], b"both")) == 2
    peer.queue.put(["other"], b"one")
    assert peer.payloads() == [b"both"]
    assert peer.payloads("other") == [b"both", b"one"]
    assert peer.queue.lease("unheard of") is None


@pytest.mark.parametrize("payload", [b"", b"\x00\xff", b"x" * 5_000_000])
def test_any_bytes_come_back_as_they_were(peer: Peer, payload: bytes) -> None:
    peer.queue.put(["q"], payload)
    assert peer.take().payload == payload


def test_an_acknowledged_message_is_gone(peer: Peer, peers: Peers) -> None:
    peer.queue.put(["q"], b"once")
    peer.queue.ack(peer.take().lease)
    peer.close()
    assert peers().payloads() == []


def test_a_leased_message_is_nobody_elses(peers: Peers) -> None:
    first, second = peers(), peers()
    first.queue.put(["q"], b"1")
    first.queue.put(["q"], b"2")
    assert first.take().payload == b"1"
    assert second.take().payload == b"2"
    assert first.queue.lease("q") is None
    assert second.queue.size("q") == 0


def test_a_released_message_has_its_old_place(peers: Peers) -> None:
    first, second = peers(), peers()
    for payload in (b"1", b"2", b"3"):
        first.queue.put(["q"], payload)
    leases = [first.take().lease for _ in range(2)]
    first.queue.release(leases, counted=False)
    assert second.payloads() == [b"1", b"2", b"3"]


def test_leaving_puts_everything_back_at_once_and_uncounted(peers: Peers) -> None:
    first, second = peers(), peers()
    for payload in (b"1", b"2"):
        first.queue.put(["q"], payload)
    for _ in range(7):
        assert first.payloads() == [b"1", b"2"]
        first.queue.leave()
    delivery = second.take()
    assert (delivery.payload, delivery.lease.delivery) == (b"1", 8)
    second.queue.release([delivery.lease], counted=True)
    assert second.take().payload == b"1", "one failure of three"


def test_a_message_that_stops_its_consumers_in_good_order_is_parked_too_in_the_end(peer: Peer) -> None:
    peer.queue.put(["q"], b"sys.exit()")
    returns = 0
    while peer.queue.lease("q") and returns < 1000:
        peer.queue.leave()
        returns += 1
    assert returns == 60
    assert peer.parking.count() == 1


def test_a_lease_that_runs_out_puts_the_message_back(peers: Peers) -> None:
    holder, other = peers(), peers()
    holder.queue.put(["q"], b"1")
    holder.take()
    peers.clock.now += LEASE - 1
    other.queue.reclaim()
    assert other.queue.lease("q") is None
    peers.clock.now += 2
    other.queue.reclaim()
    delivery = other.take()
    assert (delivery.payload, delivery.lease.delivery) == (b"1", 2)


def test_a_renewed_lease_covers_all_that_is_held(peers: Peers) -> None:
    holder, other = peers(), peers()
    for payload in (b"1", b"2"):
        holder.queue.put(["q"], payload)
        holder.take()
    for _ in range(10):
        peers.clock.now += LEASE - 1
        holder.consumer.renew()
        other.queue.reclaim()
        assert other.queue.lease("q") is None


def test_what_a_process_held_that_ended_is_ready_before_its_lease_runs_out(peers: Peers) -> None:
    other = peers()
    other.queue.put(["q"], b"1")
    ended = subprocess.run([sys.executable, "-c", TAKE_AND_END, str(peers.path)], check=False)
    assert ended.returncode == 9
    assert other.take().payload == b"1"


def test_an_acknowledgement_after_the_lease_ran_out_still_counts(peers: Peers) -> None:
    late, other = peers(), peers()
    late.queue.put(["q"], b"1")
    lease = late.take().lease
    peers.clock.now += LEASE + 1
    other.queue.reclaim()
    again = other.take().lease
    late.queue.ack(lease)
    other.queue.release([again], counted=True)
    assert other.queue.lease("q") is None
    assert other.parking.list_parked() == []


def test_what_is_no_longer_held_is_neither_released_nor_parked(peers: Peers) -> None:
    late, other = peers(), peers()
    late.queue.put(["q"], b"1")
    lease = late.take().lease
    peers.clock.now += LEASE + 1
    other.queue.reclaim()
    other.take()
    late.queue.release([lease], counted=True)
    late.queue.park(lease, "too late")
    assert late.queue.lease("q") is None
    assert late.parking.list_parked() == []


@pytest.mark.parametrize("ending", ["released", "lapsed"])
def test_a_message_that_fails_too_often_is_parked(peers: Peers, ending: str) -> None:
    peer, other = peers(max_deliveries=3), peers(max_deliveries=3)
    peer.queue.put(["q"], b"poison")
    peer.queue.put(["q"], b"fine")
    for delivery in (1, 2, 3):
        held = peer.take()
        assert (held.payload, held.lease.delivery) == (b"poison", delivery)
        if ending == "released":
            peer.queue.release([held.lease], counted=True)
        else:
            peers.clock.now += LEASE + 1
            other.queue.reclaim()
    assert peer.payloads() == [b"fine"]
    (parked,) = peer.parking.list_parked()
    assert (parked.queue, parked.payload, parked.deliveries) == ("q", b"poison", 3)
    assert parked.reason == "handed out 3 times or more and never acknowledged"


def test_size_and_purge_are_about_what_is_ready(peer: Peer) -> None:
    for _ in range(4):
        peer.queue.put(["q"], b"x")
    lease = peer.take().lease
    assert peer.queue.size("q") == 3
    assert peer.queue.purge("q") == 3
    assert peer.queue.size("q") == 0
    peer.queue.release([lease], counted=False)
    assert peer.queue.size("q") == 1


def test_an_acknowledgement_that_could_not_be_written_is_made_up_for(peers: Peers) -> None:
    blocked = Peer(peers.path, peers.clock)
    blocked.database._busy_seconds = 0.05
    blocked.queue.put(["q"], b"1")
    lease = blocked.take().lease
    with peers().database.writing(), pytest.raises(QueueUnavailable, match="locked for too long"):
        blocked.queue.ack(lease)
    assert blocked.queue.lease("q") is None
    blocked.close()
    assert peers().payloads() == []


def test_a_consumer_that_was_frozen_for_days_goes_on(peers: Peers) -> None:
    frozen, other = peers(), peers()
    frozen.queue.put(["q"], b"1")
    frozen.take()
    peers.clock.now += 3 * 86400
    other.queue.reclaim()
    assert other.take().payload == b"1"
    other.queue.put(["q"], b"2")
    frozen.consumer.renew()
    assert frozen.take().payload == b"2"
    other.queue.reclaim()
    assert other.queue.lease("q") is None


# What consumers may do, in any order: (what, which peer).
ACTIONS = st.lists(
    st.tuples(st.sampled_from(["put", "take", "ack", "release", "leave", "lapse"]), st.integers(0, 2)),
    max_size=40,
)


@given(actions=ACTIONS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_consumers_do_no_message_is_lost_or_held_twice(
    actions: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("any")
    peers = Peers(folder / "q.sqlite", Clock())
    three = [peers(max_deliveries=1000) for _ in range(3)]
    held: dict[bytes, tuple[int, object]] = {}
    put, acknowledged = 0, set()
    for action, index in actions:
        peer = three[index]
        mine = [(payload, lease) for payload, (holder, lease) in held.items() if holder == index]
        if action == "put":
            peer.queue.put(["q"], b"%d" % put)
            put += 1
        elif action == "take":
            delivery = peer.queue.lease("q")
            if delivery:
                assert delivery.payload not in held
                assert delivery.payload not in acknowledged
                held[delivery.payload] = (index, delivery.lease)
        elif action == "lapse":
            peers.clock.now += LEASE + 1
            peer.consumer.renew()
            peer.queue.reclaim()
            held = {payload: had for payload, had in held.items() if had[0] == index}
        elif action == "leave":
            peer.queue.leave()
            held = {payload: had for payload, had in held.items() if had[0] != index}
        elif mine:
            payload, lease = mine[0]
            del held[payload]
            if action == "ack":
                peer.queue.ack(lease)  # type: ignore[arg-type]  # a lease of `held`
                acknowledged.add(payload)
            else:
                peer.queue.release([lease], counted=True)  # type: ignore[list-item]  # the same
    for peer in three:
        peer.queue.leave()
    left = three[0].payloads()
    peers.close()
    assert sorted([*left, *acknowledged]) == sorted(b"%d" % number for number in range(put))
    assert left == sorted(left, key=int)
