"""Given and When: records that are there, and requests."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

from behave import given, when
from behave.runner import Context

from features.cells import flattened, records_of
from features.scene import ADMINISTRATOR


@given("the records")
def records(context: Context) -> None:
    context.scene.save(records_of(context.table, context.scene.words))


@given('{count:d} records whose "{key:Text}" goes from 1 to {last:d}, at "{timestamp:Text}"')
def many_records(context: Context, count: int, key: str, last: int, timestamp: str) -> None:
    context.scene.save([{"_timestamp": timestamp, key: number % last + 1} for number in range(count)])


@given('I send the header "{name:Text}: {value:Text}"')
def header(context: Context, name: str, value: str) -> None:
    context.scene.headers[name] = value


@given("I compress what I send with gzip")
def compressed(context: Context) -> None:
    context.scene.compressed = True


@when('I {method:Method} "{path:Path}"')
def ask(context: Context, method: str, path: str) -> None:
    context.scene.send(method, path, context.scene.body(context.text, context.table))


@when('I {method:Method} "{path:Path}" at the {app} API')
def ask_app(context: Context, method: str, path: str, app: str) -> None:
    context.scene.send(method, path, context.scene.body(context.text, context.table), app=app)


@when('I GET "{path:Path}" again with that ETag')
def revalidate(context: Context, path: str) -> None:
    assert context.scene.etag, "no answer had an ETag yet"
    context.scene.send("GET", path, headers={"If-None-Match": context.scene.etag})


@when('I {method:Method} "{path:Path}" with its token')
def write(context: Context, method: str, path: str) -> None:
    write_body(context, method, path, context.scene.body(context.text, context.table))


@when('I {method:Method} "{path:Path}" with its token, as "{content_type:Text}"')
def write_as(context: Context, method: str, path: str, content_type: str) -> None:
    write_body(context, method, path, context.scene.body(context.text, context.table), content_type)


@when('I {method:Method} "{path:Path}" with its token, without a content type')
def write_untyped(context: Context, method: str, path: str) -> None:
    write_body(context, method, path, context.scene.body(context.text, context.table), None)


@when('I {method:Method} "{path:Path}" with the token "{token:Text}"')
def write_with(context: Context, method: str, path: str, token: str) -> None:
    body = context.scene.body(context.text, context.table)
    context.scene.send(method, path, body, token=token)


@when('I {method:Method} "{path:Path}" with the administrator\'s token')
def administer(context: Context, method: str, path: str) -> None:
    context.scene.send(method, path, token=ADMINISTRATOR, app="write")


@when('I {method:Method} "{path:Path}" with the administrator\'s token, if that ETag still holds')
def administer_if(context: Context, method: str, path: str) -> None:
    assert context.scene.etag, "no answer had an ETag yet"
    headers = {"If-Match": context.scene.etag}
    context.scene.send(method, path, headers=headers, token=ADMINISTRATOR, app="write")


@when('I {method:Method} "{path:Path}" with its token and no body')
def write_nothing(context: Context, method: str, path: str) -> None:
    write_body(context, method, path, b"")


@when('I {method:Method} "{path:Path}" with its token and the bytes {escaped}')
def write_bytes(context: Context, method: str, path: str, escaped: str) -> None:
    write_body(context, method, path, escaped.encode("ascii").decode("unicode_escape").encode("latin-1"))


@when('I {method:Method} "{path:Path}" with its token and a record of {size:d} bytes')
def write_large(context: Context, method: str, path: str, size: int) -> None:
    empty = b'{"name": ""}'
    write_body(context, method, path, empty[:-2] + b"a" * (size - len(empty)) + empty[-2:])


@when('I {method:Method} "{path:Path}" with its token and {depth:d} opening brackets')
def write_nested(context: Context, method: str, path: str, depth: int) -> None:
    write_body(context, method, path, b"[" * depth)


@when('I {method:Method} "{path:Path}" with its token and {megabytes:d} MB of spaces in a gzip')
def write_bomb(context: Context, method: str, path: str, megabytes: int) -> None:
    context.scene.headers["Content-Encoding"] = "gzip"
    write_body(context, method, path, gzip.compress(b" " * (megabytes * 1_000_000)))


def write_body(
    context: Context,
    method: str,
    path: str,
    body: bytes | None,
    content_type: str | None = "application/json",
) -> None:
    token = context.scene.token_for(path)
    context.scene.send(method, path, body, token=token, content_type=content_type)


@when("I flatten the rows of that answer")
def flatten(context: Context) -> None:
    context.scene.flattened = flattened(context.scene.answer["data"])


@when('I {method:Method} the rows of that answer to "{path:Path}" with its token')
def send_back(context: Context, method: str, path: str) -> None:
    write_body(context, method, path, json.dumps(context.scene.answer["data"]).encode())


@when('I POST "{path:Path}" with its token and {count:d} records with the key "{key:Text}"')
def write_keys(context: Context, path: str, count: int, key: str) -> None:
    write_body(context, "POST", path, json.dumps([{key: number} for number in range(count)]).encode())


@when('I POST {times:d} times {count:d} records of some 100 bytes, numbered, to "{path:Path}"')
def write_numbered(context: Context, times: int, count: int, path: str) -> None:
    noon = datetime(2013, 1, 1, 12, tzinfo=UTC)
    for batch in range(times):
        numbers = range(batch * count + 1, batch * count + count + 1)
        records = [
            {"_timestamp": (noon + timedelta(minutes=n)).isoformat(), "number": n, "text": "x" * 50}
            for n in numbers
        ]
        write_body(context, "POST", path, json.dumps(records).encode())
        assert context.scene.reply.status == 200, context.scene.text
