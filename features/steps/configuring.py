"""Given: what the config API says of data sets."""

from __future__ import annotations

import json
from typing import Any

from behave import given, when
from behave.runner import Context


@given('a data set "{name:DataSet}"')
def data_set(context: Context, name: str) -> None:
    context.scene.add_data_set(name)


@given('a data set "{name:DataSet}" with raw queries allowed')
def open_data_set(context: Context, name: str) -> None:
    context.scene.add_data_set(name, raw_queries_allowed=True)


@given("it is unpublished")
def unpublished(context: Context) -> None:
    context.scene.config["published"] = False


@given("it is realtime")
def realtime(context: Context) -> None:
    context.scene.config["realtime"] = True


@given("it is not queryable")
def not_queryable(context: Context) -> None:
    context.scene.config["queryable"] = False


@given('its "{key:Text}" is {value:Json}')
@when('its "{key:Text}" becomes {value:Json}')
def configured(context: Context, key: str, value: Any) -> None:
    context.scene.config[key] = value


@given("its schema is")
def with_schema(context: Context) -> None:
    context.scene.config["schema"] = json.loads(context.text)


@given("the config API fails")
@when("the config API fails")
def config_api_fails(context: Context) -> None:
    context.backdrop.config.failing = 503


@when("the config API is well again")
def config_api_works(context: Context) -> None:
    context.backdrop.config.failing = None
