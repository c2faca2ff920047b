"""Queues, bindings, and temporary queues that go with their last subscriber."""

from __future__ import annotations

import pytest

from tests.unit.broker.parts import Peer, Peers


def test_bindings_are_seen_by_all_and_kept_once(peers: Peers) -> None:
    first, second = peers(), peers()
    for _ in range(2):
        first.routing.bind("events", "a", "task.#", "^task$")
        second.routing.bind("events", "b", "", None)
    assert sorted(first.routing.bindings("events"), key=str) == [("", None, "b"), ("task.#", "^task$", "a")]
    second.routing.unbind("events", "a", "task.#")
    assert first.routing.bindings("events") == [("", None, "b")]


def test_a_deleted_queue_takes_its_messages_and_bindings_along(peers: Peers) -> None:
    first, second = peers(), peers()
    first.routing.declare("q", temporary=False)
    first.routing.bind("x", "q", "", None)
    for _ in range(2):
        first.queue.put(["q"], b"1")
    first.take()
    second.routing.delete("q")
    assert not first.routing.is_known("q")
    assert first.routing.bindings("x") == []
    first.queue.leave()
    assert first.payloads() == []


def test_a_queue_is_known_by_its_declaration_or_its_messages(peer: Peer) -> None:
    assert not peer.routing.is_known("q")
    peer.queue.put(["q"], b"1")
    assert peer.routing.is_known("q")
    peer.routing.declare("empty", temporary=False)
    assert peer.routing.is_known("empty")


def mailbox(*subscribers: Peer) -> None:
    for peer in subscribers:
        peer.routing.declare("mail", temporary=True)
        peer.routing.bind("x", "mail", "", None)
        peer.routing.subscribe("mail")


def test_a_temporary_queue_goes_with_its_last_subscriber(peers: Peers) -> None:
    first, second = peers(), peers()
    mailbox(first, second)
    first.queue.put(["mail"], b"1")
    first.routing.unsubscribe("mail")
    assert second.routing.is_known("mail")
    second.queue.leave()
    assert not first.routing.is_known("mail")
    assert first.routing.bindings("x") == []


def test_a_temporary_queue_that_nobody_read_yet_stays(peers: Peers) -> None:
    first, second = peers(), peers()
    first.routing.declare("mail", temporary=True)
    first.queue.put(["mail"], b"1")
    first.close()
    assert second.payloads("mail") == [b"1"]


def test_a_queue_that_lasts_stays_without_subscribers(peers: Peers) -> None:
    peer = peers()
    peer.routing.declare("q", temporary=False)
    peer.routing.subscribe("q")
    peer.routing.unsubscribe("q")
    peer.close()
    assert peers().routing.is_known("q")


@pytest.mark.parametrize(("days", "is_there"), [(0.5, True), (2, False)])
def test_a_subscriber_that_says_nothing_is_forgotten_after_a_day(
    peers: Peers, days: float, is_there: bool
) -> None:
    silent, other = peers(), peers()
    mailbox(silent)
    peers.clock.now += days * 86400
    other.queue.reclaim()
    assert other.routing.is_known("mail") is is_there
