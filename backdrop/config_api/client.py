"""The config API's resources as Backdrop's own types."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import structlog

from backdrop.config_api.http import ConfigUnavailable, JsonHttp, Reply
from backdrop.config_api.kept import Counts, Fetch, Fetched, KeptAnswers
from backdrop.core.data_set import DataSet, parse_data_set
from backdrop.core.errors import DataSetNotFound, InvalidConfig
from backdrop.core.names import is_valid_data_set_name

log = structlog.get_logger("backdrop.config_api")

_NOT_FOUND = (DataSetNotFound, "data_set not found")
_LIST = "/data-sets"


class ConfigApi:
    """A client of the config API for one process; safe for its threads.

    Answers are used for `cache_seconds`, and for `stale_seconds` while the config API does not answer.
    Every method raises ConfigUnavailable where it can't be asked and nothing recent enough is known.

    `drops`, of who writes, tells how many drops of data sets there have been (`Storage.drops`). It is asked before each
    call, also one that confirms what is known, and is the `as_of` of the configs. So a config that was still alive when
    it was asked for, and is deleted with its data after that, is as of fewer drops than its own.

    `since` and `within` ask for a config as of so many drops or more, and for one that was asked for within so many
    seconds before the call. While the config API does not answer, the latter is the last known one, however old.
    """

    def __init__(
        self,
        url: str,
        token: str,
        cache_seconds: float,
        stale_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        drops: Callable[[], int] | None = None,
    ) -> None:
        self._http = JsonHttp(url, token)
        self._secret = token
        self._kept = KeptAnswers(cache_seconds, stale_seconds, clock, drops, _with_count)

    @property
    def counts(self) -> Counts:
        """How often it was asked, and how often the last known config had to do."""
        return self._kept.counts

    def data_set(self, name: str, since: int | None = None, within: float = math.inf) -> DataSet:
        """The config of that name. Raises DataSetNotFound; InvalidConfig where it makes no sense."""
        if not is_valid_data_set_name(name):
            raise DataSetNotFound(_NOT_FOUND[1])
        return self._data_set(_path("data-sets", name), lambda config: _only(config, name), since, within)

    def data_set_by_type(
        self, data_group: str, data_type: str, since: int | None = None, within: float = math.inf
    ) -> DataSet:
        """The config of that group and type. Raises DataSetNotFound; InvalidConfig where it makes no sense."""
        path = _path_by_type(data_group, data_type)
        return self._data_set(path, lambda configs: _of_type(configs, data_group, data_type), since, within)

    def data_sets(self) -> tuple[DataSet, ...]:
        """All configs that make sense; the others are in the log."""
        return tuple(self._get(_LIST, _sensible))

    def transforms(self, data_set: str) -> list[Mapping[str, Any]]:
        """The transforms whose input the data set is, as the config API writes them. Raises DataSetNotFound."""
        return list(self._get(_path("data-sets", data_set, "transform"), _objects))

    def present_transforms(self, data_set: str) -> list[Mapping[str, Any]]:
        """As `transforms`, but asked for now; the last known ones only if the config API doesn't answer that."""
        path = _path("data-sets", data_set, "transform")
        return list(self._kept.ask(path, self._fetch(path, _objects)))

    def dashboards(self, data_set: str) -> list[Mapping[str, Any]]:
        """The dashboards that show the data set. Raises DataSetNotFound."""
        return list(self._get(_path("data-sets", data_set, "dashboard"), _objects))

    def service_dashboards(self, service_id: str) -> list[Mapping[str, Any]]:
        """The published dashboards of a transactions explorer service; none where it is unknown."""
        path = _path("transactions-explorer-service", service_id, "dashboard")
        try:
            return list(self._get(path, _objects))
        except DataSetNotFound:
            return []

    def create_data_set(self, config: Mapping[str, Any]) -> DataSet:
        """Makes a data set and answers its config. Raises InvalidConfig when the config API refuses it."""
        reply = self._http.post(_LIST, config)
        # made now, or taken because another made it meanwhile: either way "unknown" is no longer right
        by_type = _path_by_type(str(config.get("data_group")), str(config.get("data_type")))
        self._kept.forget(_LIST, by_type)
        if reply.status not in (200, 201):
            raise InvalidConfig(self._refusal(config, reply))
        data_set = parse_data_set(reply.body)
        self._kept.forget(_path("data-sets", data_set.name))
        return data_set

    def _data_set(
        self, path: str, understand: Callable[[Any], Fetched], since: int | None, within: float
    ) -> DataSet:
        data_set = self._kept.get(path, self._fetch(path, understand), since, within)
        assert isinstance(data_set, DataSet)
        return data_set

    def _get(self, path: str, understand: Callable[[Any], Fetched]) -> Any:
        return self._kept.get(path, self._fetch(path, understand))

    def _fetch(self, path: str, understand: Callable[[Any], Fetched]) -> Fetch:
        def fetch(etag: str | None) -> Fetched | None:
            reply = self._http.get(path, etag)
            if reply.status == 304:
                return None
            if reply.status == 404:
                return Fetched(error=_NOT_FOUND)
            return _understood(path, reply, understand)

        return fetch

    def _refusal(self, config: Mapping[str, Any], reply: Reply) -> str:
        said = reply.body.get("message") if isinstance(reply.body, Mapping) else None
        text = str(said or f"status {reply.status}")
        for secret in (self._secret, str(config.get("bearer_token") or "")):
            text = text.replace(secret, "********") if secret else text
        wanted = f"{config.get('data_group')}/{config.get('data_type')}"
        return f"the config API refused to make the data set {wanted}: {text}"


def _with_count(answer: Any, as_of: int | None) -> Any:
    # what nobody counts stays the same object
    return replace(answer, as_of=as_of) if isinstance(answer, DataSet) and as_of is not None else answer


def _path(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _path_by_type(data_group: str, data_type: str) -> str:
    return f"{_LIST}?{urlencode({'data-group': data_group, 'data-type': data_type})}"


def _understood(path: str, reply: Reply, understand: Callable[[Any], Fetched]) -> Fetched:
    try:
        fetched = understand(reply.body)
    except InvalidConfig as error:
        log.error("a config makes no sense", path=path, error=str(error))
        return Fetched(error=(InvalidConfig, str(error)), etag=reply.etag)
    return Fetched(fetched.value, fetched.error, reply.etag)


def _only(config: object, name: str) -> Fetched:
    if not isinstance(config, Mapping):
        raise ConfigUnavailable("the config API answered something other than a config", answered=True)
    data_set = parse_data_set(config)
    if data_set.name != name:
        raise InvalidConfig(f"asked for data set '{name}', the config API answered '{data_set.name}'")
    return Fetched(data_set)


def _of_type(configs: object, data_group: str, data_type: str) -> Fetched:
    for config in _list(configs):
        # whoever ignores the filter would have us write to another's data set
        if (config.get("data_group"), config.get("data_type")) == (data_group, data_type):
            return Fetched(parse_data_set(config))
    return Fetched(error=_NOT_FOUND)


def _sensible(configs: object) -> Fetched:
    known = []
    for config in _list(configs):
        try:
            known.append(parse_data_set(config))
        except InvalidConfig as error:
            log.error("a config makes no sense; its data set is left out", error=str(error))
    return Fetched(tuple(known))


def _objects(items: object) -> Fetched:
    return Fetched(tuple(_list(items)))


def _list(answer: object) -> list[Mapping[str, Any]]:
    """The list's objects; what is not even an object names nothing that could be logged but its type."""
    if not isinstance(answer, list):
        raise ConfigUnavailable("the config API answered something other than a list", answered=True)
    for item in answer:
        if not isinstance(item, Mapping):
            log.error("the config API listed something other than an object", kind=type(item).__name__)
    return [item for item in answer if isinstance(item, Mapping)]
