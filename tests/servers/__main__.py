"""`python -m tests.servers`: whether the production engines run on this machine; if not, ends with 1 and why."""

from __future__ import annotations

import sys

from tests.servers.engines import missing_engines

if __name__ == "__main__":
    reasons = missing_engines()
    print("; ".join(reasons) or "mongod and RabbitMQ are there")
    sys.exit(1 if reasons else 0)
