from __future__ import annotations

import json
from datetime import UTC, datetime

from backdrop.web.answers import to_json


def test_a_payload_of_every_kind_of_value() -> None:
    payload = {"when": datetime(2013, 1, 1, tzinfo=UTC), "sum": 2**64, "who": "Zoë", "none": None}
    expected = {"when": "2013-01-01T00:00:00+00:00", "sum": 2**64, "who": "Zoë", "none": None}
    assert json.loads(to_json(payload)) == expected
