"""One run of one transform, from its input's rows to its output's records.

Two runs of a transform may overlap, and the one with the older rows may be the last to write. So a run that has
written, or taken back what an earlier run wrote, asks its input again, and does it all over if the answer is another.
Whichever run writes last learns that way whether it was right to; a change after it looked triggers a run that
writes later still.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from backdrop.config_api import ConfigApi
from backdrop.core.data_set import DataSet
from backdrop.core.errors import DataSetNotFound, InvalidConfig
from backdrop.transformers.circles import Place, find_circle, in_words
from backdrop.transformers.client import DataApi
from backdrop.transformers.definition import Record, Row, Transform, parse_transform
from backdrop.transformers.errors import NotSettled, Refused, Unsteady
from backdrop.transformers.output import bodies, with_additional_fields
from backdrop.transformers.registry import Function, find_function
from backdrop.transformers.surroundings import Surroundings
from backdrop.transformers.taking_back import searches
from backdrop.transformers.window import FOREVER, Question, question

MOST_ROUNDS = 3
"""How often a run does it all over before it lets some time pass: the input is being written to all the while."""

MOST_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Due:
    """What to run: a transform of a data set, for records with `earliest <= _timestamp <= latest`."""

    data_set: str
    transform_id: str
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: `records` in the range, `taken_back` that were there before. `rounds` 0: nothing in the range
    is over yet."""

    function: str
    output: str
    records: int
    taken_back: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs transforms with the APIs it is given; `clock` tells the time as an aware datetime.

    Raises the errors of `transformers.errors` and of the config API.
    """

    config: ConfigApi
    data: DataApi
    clock: Callable[[], datetime]
    most_body_bytes: int = MOST_BODY_BYTES

    def transform_ids(self, data_set: str) -> list[str]:
        """The transforms whose input the data set is; each is looked at by its own run."""
        # Not those of a while ago: records that came in since one was made or changed cause no other run.
        return [str(config.get("id")) for config in self.config.present_transforms(data_set)]

    def run(self, due: Due) -> Done:
        """Brings the transform's output up to date with its input in the range."""
        source = self.config.data_set(due.data_set)
        transform = self._transform(source, due.transform_id)
        function = find_function(transform.function)
        output = self._output(source, transform)
        self._refuse_circle(source, output)
        return _Run(self, source, output, transform, function).until_settled(due)

    def _transform(self, source: DataSet, transform_id: str) -> Transform:
        for config in self.config.present_transforms(source.name):
            if str(config.get("id")) == transform_id:
                return parse_transform(config)
        raise NotSettled(f"transform {transform_id} is not (or no longer) one of data set '{source.name}'")

    def _output(self, source: DataSet, transform: Transform) -> DataSet:
        data_group, data_type = _output_place(source, transform)
        try:
            return self.config.data_set_by_type(data_group, data_type)
        except DataSetNotFound:
            return self._made(_output_config(source, data_group, data_type))

    def _made(self, config: Mapping[str, Any]) -> DataSet:
        try:
            return self.config.create_data_set(config)
        except InvalidConfig as refusal:
            try:
                # another run may have made it meanwhile
                return self.config.data_set_by_type(config["data_group"], config["data_type"])
            except DataSetNotFound:
                raise NotSettled(str(refusal)) from refusal

    def _refuse_circle(self, source: DataSet, output: DataSet) -> None:
        circle = find_circle(
            (source.data_group, source.data_type), (output.data_group, output.data_type), self._outputs_of
        )
        if circle is not None:
            raise Refused(f"transforms feed each other in a circle: {in_words(circle)}; change one's output")

    def _outputs_of(self, place: Place) -> list[Place]:
        try:
            source = self.config.data_set_by_type(*place)
        except DataSetNotFound:
            return []
        outputs = []
        for config in self.config.transforms(source.name):
            try:
                outputs.append(_output_place(source, parse_transform(config)))
            except Refused:
                continue  # one that can't run feeds nobody; its own run says what is wrong with it
        return outputs


@dataclass(frozen=True, slots=True)
class _Run:
    runner: Runner
    source: DataSet
    output: DataSet
    transform: Transform
    function: Function

    def until_settled(self, due: Due) -> Done:
        asked = self._question(due.earliest, due.latest)
        if asked is None:
            return self._done(rounds=0)
        watched = self._watched(due) or asked
        answer = self._ask(asked)
        assert answer is not None, "unchanged since nothing"
        taken_back = 0
        for this_round in range(1, MOST_ROUNDS + 1):
            rows = asked.rows(answer.rows)
            records = self._records(rows)
            self._post(records)
            now_taken_back = self._take_back(asked, records)
            taken_back += now_taken_back
            done = self._done(this_round, len(records), taken_back)
            if not records and not now_taken_back:
                return done
            again = self._ask(watched, answer.etag if watched == asked else None)
            if again is None or _same(watched.rows(again.rows), rows):
                return done
            asked, answer = watched, again
        raise Unsteady(
            f"data set '{self.source.name}' changes all the while; tried again until it holds still"
        )

    def _done(self, rounds: int, records: int = 0, taken_back: int = 0) -> Done:
        return Done(self.function.name, self.output.name, records, taken_back, rounds)

    def _watched(self, due: Due) -> Question | None:
        """What has to be still the same after writing. A function that keeps the newest may have overwritten what
        a run of a later range had just written, so it looks at everything from its own range on."""
        return self._question(due.earliest, FOREVER) if self.function.keeps_newest else None

    def _question(self, earliest: datetime, latest: datetime) -> Question | None:
        return question(
            self.transform.query_parameters,
            earliest,
            latest,
            self.runner.clock(),
            raw_queries_allowed=self.source.raw_queries_allowed,
        )

    def _ask(self, asked: Question, known_etag: str | None = None) -> Any:
        place = (self.source.data_group, self.source.data_type)
        return self.runner.data.ask(*place, asked.parameters, known_etag)

    def _records(self, rows: Sequence[Row]) -> list[Record]:
        around = Surroundings(self.runner.config, self.runner.data, self.source, self.output)
        records = self.function.compute(rows, self.transform.config, _shown(self.source), around)
        named = with_additional_fields(records, self.transform.options)
        if not all(record.get("_id") for record in named):
            raise Refused(
                f"function '{self.function.name}' returned a record without _id: a second run would store it twice"
            )
        return named

    def _post(self, records: Sequence[Record]) -> None:
        place = (self.output.data_group, self.output.data_type)
        for body in bodies(records, self.runner.most_body_bytes):
            self.runner.data.post(*place, self.output.bearer_token, body)

    def _take_back(self, asked: Question, records: Sequence[Record]) -> int:
        """Removes what earlier runs made of the periods asked for, and this one doesn't; answers how many."""
        if self.function.per_period is None or asked.stretch is None or not self.output.queryable:
            return 0
        place = (self.output.data_group, self.output.data_type)
        made = {str(record["_id"]) for record in records}
        removed = 0
        for search in searches(
            self.function.per_period(self.transform.config),
            asked.stretch,
            self.transform.options,
            made,
            raw_queries_allowed=self.output.raw_queries_allowed,
        ):
            answer = self.runner.data.ask(*place, search.question.parameters)
            assert answer is not None, "unchanged since nothing"
            for record_id in search.found(answer.rows):
                removed += self.runner.data.delete(*place, self.output.bearer_token, record_id)
        return removed


def _output_place(source: DataSet, transform: Transform) -> Place:
    return transform.output_group or source.data_group, transform.output_type


def _output_config(source: DataSet, data_group: str, data_type: str) -> dict[str, Any]:
    """A data set like its input, but open to raw queries: its records are answers that the input's own rules
    allowed, and a transform without a period could not read it otherwise."""
    return {
        "data_group": data_group,
        "data_type": data_type,
        "bearer_token": source.bearer_token,
        "realtime": source.realtime,
        "published": source.published,
        "max_age_expected": source.max_age_expected,
        "capped_size": source.capped_size,
        "raw_queries_allowed": True,
    }


def _shown(source: DataSet) -> Mapping[str, Any]:
    """A config as the config API writes it, without its tokens: no function has to write."""
    config = {**asdict(source), "auto_ids": list(source.auto_ids)}
    return {key: value for key, value in config.items() if "bearer_token" not in key}


def _same(some: Sequence[Row], others: Sequence[Row]) -> bool:
    # as text, where 1, 1.0 and true are three
    return len(some) == len(others) and json.dumps(some) == json.dumps(others)
