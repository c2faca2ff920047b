"""A data set as the config that Backdrop reads."""

from typing import Any

from stagecraft.datasets.models import DataSet
from stagecraft.datasets.schemas import combined
from stagecraft.development import is_usable


def config(data_set: DataSet, *, production: bool) -> dict[str, Any]:
    """The config of a data set whose group and type have been fetched with it.

    In production a token that is public knowledge is shown as none: then nobody may write.
    """
    token = data_set.bearer_token
    return {
        "name": data_set.name,
        "data_group": data_set.data_group.name,
        "data_type": data_set.data_type.name,
        "bearer_token": token if is_usable(token, production=production) else "",
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
