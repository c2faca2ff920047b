"""Finds records and folds them: one collection, one session, whoever opened them. Errors of the driver pass."""

from __future__ import annotations

from typing import Any, TypeAlias

from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from backdrop.core.errors import AnswerTooLarge
from backdrop.core.partials import Partial
from backdrop.core.query import Fact, Grouping, Selection, Sort
from backdrop.core.values import Value
from backdrop.storage.mongo import filters, pipelines
from backdrop.storage.mongo.documents import CODEC, FAST_CODEC, Document, record_of
from backdrop.storage.mongo.partials import Different, assemble, by_group, care_needed
from backdrop.storage.mongo.pipelines import Care, Pipeline

Documents: TypeAlias = Collection[Any]
Session: TypeAlias = ClientSession | None


class Experience:
    """What care each collection's folds have needed, so that the next one doesn't begin with too little. It only
    saves time: too little is noticed and too much does no harm. May be used by several threads."""

    def __init__(self) -> None:
        self._cares: dict[str, Care] = {}

    def of(self, documents: Documents) -> Care:
        """The care to begin with."""
        return self._cares.get(documents.full_name, Care())

    def note(self, documents: Documents, care: Care) -> None:
        """That care was needed."""
        self._cares[documents.full_name] = self.of(documents) | care


def find(
    documents: Documents, session: Session, selection: Selection, sort: Sort | None, limit: int
) -> list[dict[str, Value]]:
    """As `Storage.find`."""
    if (matching := filters.condition(selection)) is None:
        return []
    cursor = documents.with_options(FAST_CODEC).find(
        matching, sort=filters.order(sort), limit=limit, allow_disk_use=True, session=session
    )
    return [record_of(document) for document in cursor]


def fold(
    documents: Documents,
    session: Session,
    selection: Selection,
    grouping: Grouping,
    at_most: int,
    experience: Experience | None = None,
) -> list[Partial]:
    """As `Storage.fold`.

    It begins with as little care as the experience says. If the rows show that more is needed, everything is folded
    again with it, so that all rows are of one pass. Distinct values take a pass for each field: what is written
    meanwhile shows in those and not in the others, unless the session reads from a snapshot.
    """
    known = Experience() if experience is None else experience
    care = known.of(documents)
    while True:
        rows = _rows(documents, session, pipelines.fold(selection, grouping, at_most + 1, care))
        needed = care_needed(rows, grouping, care)
        if len(rows) > at_most and needed.days == care.days:
            raise AnswerTooLarge(at_most)
        if needed == care:
            break
        care = needed
        known.note(documents, care)
    different = _different(documents, session, selection, grouping, at_most, care) if rows else {}
    return assemble(rows, different, grouping)


def _different(
    documents: Documents,
    session: Session,
    selection: Selection,
    grouping: Grouping,
    at_most: int,
    care: Care,
) -> Different:
    """The different values of the fields of which they are wanted."""
    different, room = {}, at_most
    for collected in grouping.collected:
        if Fact.DISTINCT in collected.facts:
            pipeline = pipelines.distinct(selection, grouping, collected.field, room + 1, care)
            rows = _rows(documents, session, pipeline)
            if (room := room - len(rows)) < 0:
                raise AnswerTooLarge(at_most)
            different[collected.field] = by_group(rows, grouping)
    return different


def _rows(documents: Documents, session: Session, pipeline: Pipeline | None) -> list[Document]:
    if pipeline is None:
        return []
    return list(documents.with_options(CODEC).aggregate(pipeline, session=session, allowDiskUse=True))
