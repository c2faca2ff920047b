"""Then: what an answer says."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from behave import then
from behave.runner import Context

from features.cells import assert_same, records_of, without

BOOKKEEPING = "_updated_at"


@then("the status is {status:d}")
def status_is(context: Context, status: int) -> None:
    found = context.scene.reply.status
    assert found == status, f"expected status {status}, found {found}: {context.scene.text[:2000]}"


@then('the message is "{message}"')
def message_is(context: Context, message: str) -> None:
    assert_same({"status": "error", "message": message}, _error(context))


@then('the message names "{word:Text}"')
def message_names(context: Context, word: str) -> None:
    message = _error(context)["message"]
    assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", message), f"{word} is not in: {message}"


@then('the message begins with "{beginning}"')
def message_begins(context: Context, beginning: str) -> None:
    message = _error(context)["message"]
    assert message.startswith(beginning), f"expected {beginning}..., found: {message}"


@then("the answer is")
def answer_is(context: Context) -> None:
    assert_same(json.loads(context.text), context.scene.answer)


@then('the answer to "{path:Path}" soon is')
def answer_soon_is(context: Context, path: str) -> None:
    def check() -> None:
        context.scene.send("GET", path)
        assert_same(json.loads(context.text), context.scene.answer)

    context.scene.soon(check, f"the answer of {path}")


@then('{method:Method} "{path:Path}" is soon answered with {status:d}')
def soon_answered(context: Context, method: str, path: str, status: int) -> None:
    def check() -> None:
        context.scene.send(method, path)
        status_is(context, status)

    context.scene.soon(check, f"status {status} of {path}")


@then("the body is empty")
def body_is_empty(context: Context) -> None:
    assert context.scene.reply.body == b"", context.scene.text


@then('the header "{name:Text}" is "{value:Text}"')
def header_is(context: Context, name: str, value: str) -> None:
    assert_same(value, context.scene.header(name))


@then('the header "{name:Text}" begins with "{value:Text}"')
def header_begins(context: Context, name: str, value: str) -> None:
    found = context.scene.header(name)
    assert found is not None and found.startswith(value), f"{name}: {found}"


@then('there is a header "{name:Text}"')
def header_is_there(context: Context, name: str) -> None:
    assert context.scene.header(name), f"no {name} in {dict(context.scene.reply.headers)}"


@then("the rows are")
def rows_are(context: Context) -> None:
    assert_same(records_of(context.table, context.scene.words), _rows(context))


@then("the data is")
def data_is(context: Context) -> None:
    assert_same(json.loads(context.scene.words(context.text)), _rows(context))


@then("there are no rows")
def no_rows(context: Context) -> None:
    assert_same([], _rows(context))


@then("there are {count:d} rows")
def row_count(context: Context, count: int) -> None:
    assert len(_rows(context)) == count, f"there are {len(_rows(context))} rows"


@then("the records are")
def records_are(context: Context) -> None:
    _assert_records(context, _rows(context))


@then("the csv is")
def csv_is(context: Context) -> None:
    status_is(context, 200)
    found = list(csv.reader(io.StringIO(context.scene.text, newline=""), strict=True))
    expected = [list(context.table.headings), *[list(row.cells) for row in context.table.rows]]
    assert_same(expected, found)


@then('"{data_set:DataSet}" holds')
def holds(context: Context, data_set: str) -> None:
    _assert_records(context, context.scene.contents(data_set))


@then('"{data_set:DataSet}" soon holds')
def soon_holds(context: Context, data_set: str) -> None:
    context.scene.soon(lambda: holds(context, data_set), f"the records of {data_set}")


@then('"{data_set:DataSet}" soon holds, in any order')
def soon_holds_in_any_order(context: Context, data_set: str) -> None:
    def check() -> None:
        _assert_records(context, context.scene.contents(data_set), ordered=False)

    context.scene.soon(check, f"the records of {data_set}")


@then('"{data_set:DataSet}" soon holds {count:d} records')
def soon_holds_count(context: Context, data_set: str, count: int) -> None:
    context.scene.soon(lambda: holds_count(context, data_set, count), f"{count} records in {data_set}")


@then('"{data_set:DataSet}" holds nothing')
def holds_nothing(context: Context, data_set: str) -> None:
    assert_same([], context.scene.contents(data_set))


@then('"{data_set:DataSet}" holds {count:d} records')
def holds_count(context: Context, data_set: str, count: int) -> None:
    found = len(context.scene.contents(data_set))
    assert found == count, f"{data_set} holds {found} records"


@then('"{data_set:DataSet}" holds fewer than {most:d} records, the newest of {count:d}')
def holds_newest(context: Context, data_set: str, most: int, count: int) -> None:
    found = [record["number"] for record in context.scene.contents(data_set)]
    assert 0 < len(found) < most, f"{data_set} holds {len(found)} records"
    assert_same(list(range(count - len(found) + 1, count + 1)), found)


@then("the faults are")
def faults_are(context: Context) -> None:
    """What the table has a column for, of each fault."""
    assert_same(records_of(context.table), _faults(context, context.table.headings))


@then("the faults are, in any order")
def faults_are_in_any_order(context: Context) -> None:
    found = _faults(context, context.table.headings)
    assert_same(_sorted(records_of(context.table)), _sorted(found))


@then('the faults name "{text:Text}"')
def faults_name(context: Context, text: str) -> None:
    messages = [fault["message"] for fault in _faults(context, ["message"])]
    assert any(text in message for message in messages), messages


@then("{count:d} faults are listed")
def fault_count(context: Context, count: int) -> None:
    assert len(context.scene.answer["errors"]) == len(context.scene.answer["messages"]) == count


def _faults(context: Context, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Some columns of the faults; `messages`, which old clients read, says the same."""
    status_is(context, 400)
    faults = context.scene.answer["errors"]
    assert all(fault["message"] for fault in faults), faults
    assert_same([fault["message"] for fault in faults], context.scene.answer["messages"])
    return [{key: fault[key] for key in columns} for fault in faults]


def _error(context: Context) -> dict[str, Any]:
    answer: dict[str, Any] = context.scene.answer
    assert answer["status"] == "error" and isinstance(answer["message"], str), answer
    return {key: answer[key] for key in ("status", "message")}


def _rows(context: Context) -> list[dict[str, Any]]:
    status_is(context, 200)
    rows: list[dict[str, Any]] = context.scene.answer["data"]
    return rows


def _assert_records(context: Context, found: list[dict[str, Any]], *, ordered: bool = True) -> None:
    """Whole records in order, but for when they were stored, and for made ids that the table doesn't give."""
    assert all({BOOKKEEPING, "_id"} <= record.keys() for record in found), found
    aside = [key for key in (BOOKKEEPING, "_id") if key not in context.table.headings]
    expected, rows = records_of(context.table, context.scene.words), without(found, *aside)
    assert_same(*((expected, rows) if ordered else (_sorted(expected), _sorted(rows))))


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


@then("the ids are {ids:Json}")
def ids_are(context: Context, ids: list[str]) -> None:
    assert_same(sorted(ids), sorted(record["_id"] for record in _rows(context)))


@then("the ids in order are {ids:Json}")
def ids_in_order_are(context: Context, ids: list[str]) -> None:
    assert_same(ids, [record["_id"] for record in _rows(context)])


@then('the csv begins with the columns "{columns}"')
def csv_columns_are(context: Context, columns: str) -> None:
    header = next(csv.reader(io.StringIO(context.scene.text, newline="")))
    assert_same(columns.split('", "'), header)


@then("the rows are those flattened before")
def rows_are_flattened(context: Context) -> None:
    assert_same(context.scene.flattened, _rows(context))


@then('the answer\'s message speaks of "{word:Text}"')
def message_speaks_of(context: Context, word: str) -> None:
    assert word in context.scene.answer["message"], context.scene.text


@then("the records were stored just now")
def stored_just_now(context: Context) -> None:
    for record in _rows(context):
        age = datetime.now(UTC) - datetime.fromisoformat(record[BOOKKEEPING])
        assert timedelta(seconds=-5) < age < timedelta(minutes=5), record


@then('a POST to "{path:Path}" is soon {accepted} with the token "{token:Text}"')
def soon_accepted(context: Context, path: str, accepted: str, token: str) -> None:
    status = {"accepted": 200, "refused": 401}[accepted]

    def check() -> None:
        context.scene.send("POST", path, b"[]", token=token)
        status_is(context, status)

    context.scene.soon(check, f"{token} to be {accepted}")
