"""A data set's token made anew: both are good for a while, as the model keeps it and the API shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.stagecraft_calls import Caller
from tests.apps.stagecraft_process import prepare, script, serve

BEGIN = """
import json
from datetime import UTC, datetime, timedelta
from django.core.exceptions import ValidationError
from stagecraft.datasets.models import DataGroup, DataSet, DataType
from stagecraft.datasets.queries import create
now = datetime.now(UTC)
"""
ANEW = (
    BEGIN
    + """
made = create({"data_group": "anew", "data_type": "t", "bearer_token": "first"})
second = made.make_token_anew(now, timedelta(days=365))
third = DataSet.objects.get(pk=made.pk).make_token_anew(now, timedelta(hours=1))
# Somebody else's change since this one was read is kept.
DataSet.objects.filter(pk=made.pk).update(realtime=True)
fourth = made.make_token_anew(now)
print(json.dumps([second, third, fourth]))
"""
)
KEPT = (
    BEGIN
    + """
made = create({"data_group": "kept", "data_type": "t", "bearer_token": "first"})
print(json.dumps(made.make_token_anew(now, timedelta(days=365))))
"""
)
EMPTY = (
    BEGIN
    + """
made = create({"data_group": "empty", "data_type": "t"})
made.make_token_anew(now, timedelta(days=365))
made.refresh_from_db()
print(json.dumps([made.previous_bearer_token, made.previous_bearer_token_until]))
"""
)
FIXED = (
    BEGIN
    + """
def refused(thing, **values):
    for key, value in values.items():
        setattr(thing, key, value)
    try:
        thing.save()
    except ValidationError as error:
        return error.message_dict

create({"data_group": "fixed", "data_type": "t"})
other, group = DataType(name="other"), DataGroup.objects.get(name="fixed")
other.save()
data_set = DataSet.objects.get(name="fixed_t")
print(json.dumps([
    refused(data_set, name="moved", data_type=other, capped_size=0, previous_bearer_token="alone"),
    refused(group, name="moved"),
    refused(DataType.objects.get(name="t"), name="moved", schema={"type": 3}),
]))
"""
)
DEFAULTS = (
    BEGIN
    + """
from stagecraft.datasets.fields import DATA_SET_DEFAULTS
print(json.dumps([DATA_SET_DEFAULTS, {key: getattr(DataSet(), key) for key in DATA_SET_DEFAULTS}]))
"""
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stagecraft")
    prepare(made)
    return made


@pytest.fixture(scope="module")
def api(folder: Path) -> Iterator[Caller]:
    server = serve(folder)
    yield Caller(server)
    server.stop()


def test_each_new_token_is_another_and_the_last_stops_at_once(folder: Path, api: Caller) -> None:
    tokens = json.loads(script(folder, ANEW))
    assert len({*tokens, "first"}) == 4
    assert all(len(token) >= 43 for token in tokens)
    config = api.shown("/data-sets/anew_t")
    assert (config["bearer_token"], config["realtime"]) == (tokens[-1], True)
    assert "previous_bearer_token" not in config


def test_the_one_before_is_good_for_a_while(folder: Path, api: Caller) -> None:
    token = json.loads(script(folder, KEPT))
    config = api.shown("/data-sets/kept_t")
    assert (config["bearer_token"], config["previous_bearer_token"]) == (token, "first")
    assert config["previous_bearer_token_until"] > "2026"


def test_where_there_was_none_none_is_kept(folder: Path) -> None:
    assert json.loads(script(folder, EMPTY)) == ["", None]


def test_what_never_changes_is_named_with_all_else_that_is_wrong(folder: Path) -> None:
    data_set, group, data_type = json.loads(script(folder, FIXED))
    assert set(data_set) == {"name", "data_type", "capped_size", "previous_bearer_token_until"}
    assert list(group) == ["name"]
    assert set(data_type) == {"name", "schema"}


def test_the_api_and_the_model_have_the_same_defaults(folder: Path) -> None:
    of_the_api, of_the_model = json.loads(script(folder, DEFAULTS))
    assert of_the_api == of_the_model
