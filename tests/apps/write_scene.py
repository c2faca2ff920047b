"""A data set of its own for each test of the write app, over processes that they share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from kombu.exceptions import OperationalError

from backdrop.broker.celery_app import QUEUE, make_celery
from tests.processes import Backdrop, Reply

ADMINISTRATOR = "dev-create-endpoint-token"


@dataclass(frozen=True)
class WrittenDataSet:
    """A data set of the config stub, written to and read back over HTTP."""

    backdrop: Backdrop
    config: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.config["name"])

    @property
    def token(self) -> str:
        return str(self.config["bearer_token"])

    @property
    def path(self) -> str:
        return f"/data/{self.config['data_group']}/{self.config['data_type']}"

    def call(self, method: str, rest: str = "", **more: Any) -> Reply:
        """A request with the right token to the data set's path followed by `rest`."""
        return self.backdrop.write.call(method, self.path + rest, **{"token": self.token, **more})

    def post(self, records: Any, **headers: str) -> Reply:
        return self.call("POST", json=records, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def records(self) -> list[dict[str, Any]]:
        """What is stored, in order of time and id, without the time of writing."""
        reply = self.backdrop.read.call("GET", self.path)
        assert reply.status == 200, reply.body
        return [{k: v for k, v in record.items() if k != "_updated_at"} for record in reply.json()["data"]]

    def log_of(self, request_id: str) -> str:
        """The log lines of one request to the write app."""
        return "\n".join(line for line in self.backdrop.write.log().splitlines() if request_id in line)


def new_data_set(backdrop: Backdrop, **config: Any) -> WrittenDataSet:
    """A fresh data set that may be read raw."""
    unique = uuid4().hex[:12]
    about = {"data_group": f"g-{unique}", "data_type": "t", "bearer_token": f"token-{unique}"}
    return WrittenDataSet(backdrop, backdrop.config.put({**about, "raw_queries_allowed": True, **config}))


def queued(broker_url: str) -> Iterator[dict[str, Any]]:
    """Takes what waits in the broker's queue: arguments and request id of each task."""
    with make_celery(broker_url).connection_for_read() as connection:
        queue = connection.SimpleQueue(QUEUE, no_ack=True)
        try:
            while True:
                message = queue.get(timeout=0.3)
                yield {
                    "args": json.loads(message.body)[0],
                    "request_id": message.headers["request_id"],
                    "id": message.headers["id"],
                }
        except (queue.Empty, OperationalError):
            return
        finally:
            queue.close()
