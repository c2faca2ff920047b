"""Something an event loop can watch, that any thread can touch.

A callback that runs off the loop's timers is a poor place to hand out messages: what it asks the loop to do next
(the acknowledgement, when a solo worker has run the task in it) waits until the next timer is due. Off a readable
file descriptor it is done at once.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any


class Wake:
    """Calls back from the loop, once for any number of `touch` before; until it is closed."""

    def __init__(self, loop: Any, callback: Callable[[], None]) -> None:
        self._loop = loop
        self._callback = callback
        self._seen, self._sender = socket.socketpair()
        self._seen.setblocking(False)
        self._sender.setblocking(False)
        loop.add_reader(self._seen, self._woken)

    def touch(self) -> None:
        try:
            self._sender.send(b"\0")
        except BlockingIOError:
            return  # so many touches wait already that one more says nothing new

    def close(self) -> None:
        self._loop.remove_reader(self._seen)
        self._seen.close()
        self._sender.close()

    def _woken(self) -> None:
        self._seen.recv(4096)
        self._callback()
