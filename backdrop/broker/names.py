"""What queues, tasks and headers are called, on every broker."""

from __future__ import annotations

QUEUE = "transforms"
PARKED_QUEUE = f"{QUEUE}.parked"

ENTRYPOINT = "backdrop.transformers.entrypoint"
RUN_TRANSFORM = "backdrop.transformers.run_transform"

REQUEST_ID = "request_id"
"""The message header that carries the id of the request that all began with."""
