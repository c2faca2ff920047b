"""Given, When and Then of the config API, as programs see it."""

from __future__ import annotations

import json

from behave import given, then, when
from behave.runner import Context

from features.cells import assert_same, records_of
from features.running_stagecraft import TOKENS


@given('of "{path:Path}" there are')
def there_are(context: Context, path: str) -> None:
    context.stagecraft.make(path, records_of(context.table))


@given('of "{path:Path}" there is')
def there_is(context: Context, path: str) -> None:
    context.stagecraft.make(path, [json.loads(context.text)])


@when('the {role:Role} sends {method:Method} "{path:Path}"')
def send(context: Context, role: str, method: str, path: str) -> None:
    _send(context, method, path, token=TOKENS[role])


@when('the {role:Role} sends {method:Method} "{path:Path}" unless it still has that ETag')
def send_unless_same(context: Context, role: str, method: str, path: str) -> None:
    _send(context, method, path, token=TOKENS[role], **{"If-None-Match": context.scene.etag})


@when('the {role:Role} sends {method:Method} "{path:Path}" if it still has that ETag')
def send_if_same(context: Context, role: str, method: str, path: str) -> None:
    _send(context, method, path, token=TOKENS[role], **{"If-Match": context.scene.etag})


@when('the {role:Role} sends what was answered back with {method:Method} "{path:Path}"')
def send_back(context: Context, role: str, method: str, path: str) -> None:
    context.text = json.dumps(context.scene.answer)
    _send(context, method, path, token=TOKENS[role])


@when('somebody without a token sends {method:Method} "{path:Path}"')
def send_without_token(context: Context, method: str, path: str) -> None:
    _send(context, method, path)


@when('somebody with the token "{token:Text}" sends {method:Method} "{path:Path}"')
def send_with_token(context: Context, token: str, method: str, path: str) -> None:
    _send(context, method, path, token=token)


def _send(context: Context, method: str, path: str, token: str | None = None, **headers: str) -> None:
    sent = {**context.scene.headers, **headers}
    body = None if context.text is None else context.text.encode()
    if body is not None:
        sent.setdefault("Content-Type", "application/json")
    reply = context.stagecraft.server.call(method, path, body=body, headers=sent, token=token)
    context.scene.was_answered(reply)


@then("the list is")
def list_is(context: Context) -> None:
    """What the table has a column for, of each thing in it."""
    assert context.scene.reply.status == 200, context.scene.text
    found = [{key: each[key] for key in context.table.headings} for each in context.scene.answer]
    assert_same(records_of(context.table), found)


@then("it says")
def it_says(context: Context) -> None:
    """What the table has a column for, of the one thing that was answered."""
    (expected,) = records_of(context.table)
    assert_same(expected, {key: context.scene.answer.get(key) for key in context.table.headings})


@then("it says nothing of {key:Json}")
def it_says_nothing_of(context: Context, key: str) -> None:
    assert key not in context.scene.answer, context.scene.text


@then("what is wrong is")
def what_is_wrong(context: Context) -> None:
    """The faults of a refusal, each of which its message has too."""
    answer = context.scene.answer
    assert answer["status"] == "error", answer
    assert all(fault["message"] in answer["message"] for fault in answer["errors"]), answer
    assert_same(records_of(context.table), answer["errors"])


@then("nothing more is said of what is wrong")
def nothing_more(context: Context) -> None:
    assert_same([], context.scene.answer["errors"])


@then("there is no header {name:Json}")
def no_header(context: Context, name: str) -> None:
    assert context.scene.header(name) is None, context.scene.header(name)


@then("the answer's {key:Json} has")
def answers_part_has(context: Context, key: str) -> None:
    part = context.scene.answer[key]
    (expected,) = records_of(context.table)
    assert_same(expected, {name: part.get(name) for name in context.table.headings})
