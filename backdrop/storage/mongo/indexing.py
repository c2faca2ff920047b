"""Indexes of collections that were there before us: made beside the requests, which never wait for them."""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue

import structlog
from pymongo.errors import PyMongoError

from backdrop.storage.mongo import making
from backdrop.storage.mongo.collection_names import DATA_SETS
from backdrop.storage.mongo.connections import Connections
from backdrop.storage.mongo.unavailable import code_of

log = structlog.get_logger("backdrop.storage")


class Indexing:
    """A thread of each process that meets a collection without its index. MongoDB makes an index once, however many
    processes ask for it."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._of_processes: dict[int, _OfProcess] = {}

    def want(self, data_set: str) -> None:
        """Have the index made, soon; once for each data set in the life of a process."""
        mine = self._of_processes.setdefault(os.getpid(), _OfProcess())
        with mine.starting:
            if data_set in mine.asked:
                return
            mine.asked.add(data_set)
            mine.wanted.put(data_set)
            if mine.thread is None:
                mine.thread = threading.Thread(
                    target=self._make, args=(mine.wanted,), name="indexing", daemon=True
                )
                mine.thread.start()

    def _make(self, wanted: SimpleQueue[str]) -> None:
        while True:
            data_set = wanted.get()
            try:
                database = self._connections.process().database
                making.index(database, data_set)
                database[DATA_SETS].update_one({"_id": data_set}, {"$set": {"is_indexed": True}})
            except PyMongoError as error:
                # reading goes on without it, slower; the next process that writes tries again
                about = {"data_set": data_set, "code": code_of(error), "kind": type(error).__name__}
                log.warning("can't make the index of a data set", **about)


class _OfProcess:
    def __init__(self) -> None:
        self.wanted: SimpleQueue[str] = SimpleQueue()
        self.asked: set[str] = set()
        self.starting = threading.Lock()
        self.thread: threading.Thread | None = None
