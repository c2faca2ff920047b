"""Data sets as the configs that Backdrop reads, and their groups and types."""

from datetime import datetime
from typing import Any

from stagecraft.datasets.models import DataGroup, DataSet, DataType
from stagecraft.datasets.schemas import combined
from stagecraft.datasets.tokens import PREVIOUS, UNTIL, previous_is_good
from stagecraft.development import is_usable
from stagecraft.instants import write_instant


def config(data_set: DataSet, *, production: bool, now: datetime) -> dict[str, Any]:
    """The config of a data set whose group and type have been fetched with it.

    In production a token that is public knowledge is shown as none: then nobody may write.
    """
    token = data_set.bearer_token
    return {
        "name": data_set.name,
        "data_group": data_set.data_group.name,
        "data_type": data_set.data_type.name,
        "bearer_token": token if is_usable(token, production=production) else "",
        **_previous_token(data_set, production=production, now=now),
        "auto_ids": data_set.auto_ids,
        "schema": combined(data_set.data_type.schema),
        "upload_format": data_set.upload_format,
        "upload_filters": data_set.upload_filters,
        "raw_queries_allowed": data_set.raw_queries_allowed,
        "queryable": data_set.queryable,
        "realtime": data_set.realtime,
        "published": data_set.published,
        "capped_size": data_set.capped_size,
        "max_age_expected": data_set.max_age_expected,
    }


def data_group(found: DataGroup) -> dict[str, Any]:
    """A data group."""
    return {"name": found.name, "description": found.description}


def data_type(found: DataType) -> dict[str, Any]:
    """A data type, with its own schema alone, or null."""
    return {"name": found.name, "description": found.description, "schema": found.schema or None}


def _previous_token(data_set: DataSet, *, production: bool, now: datetime) -> dict[str, str]:
    """The token before, as long as it is good: most data sets have none, and their configs no such keys."""
    previous, until = data_set.previous_bearer_token, data_set.previous_bearer_token_until
    if not previous_is_good(previous, until, now) or not is_usable(previous, production=production):
        return {}
    return {PREVIOUS: previous, UNTIL: write_instant(until)}
