"""Then: what the processes said to the config API and to their logs."""

from __future__ import annotations

from behave import then
from behave.runner import Context

from features.cells import assert_same, records_of


@then('the config API was asked for "{data_set:DataSet}" with the request id "{request_id:Text}"')
def asked_with_request_id(context: Context, data_set: str, request_id: str) -> None:
    group = context.scene.marked(data_set).split("/")[0]
    assert request_id in _request_ids(context, group, ""), _request_ids(context, group, "")


@then(
    'the config API was soon asked for the transforms of "{data_set:DataSet}" with the request id "{request_id:Text}"'
)
def soon_asked_for_transforms(context: Context, data_set: str, request_id: str) -> None:
    name = context.scene.config_of(data_set)["name"]

    def check() -> None:
        found = _request_ids(context, f"/data-sets/{name}", "/transform")
        assert request_id in found, f"it was asked with the request ids {found}"

    context.scene.soon(check, f"the worker to ask for the transforms of {data_set}")


@then('the config API was not asked for the transforms of "{data_set:DataSet}"')
def not_asked_for_transforms(context: Context, data_set: str) -> None:
    name = context.scene.config_of(data_set)["name"]
    assert not _request_ids(context, f"/data-sets/{name}", "/transform"), "it was asked"


@then('the config API has made "{data_set:DataSet}" with')
def was_made(context: Context, data_set: str) -> None:
    group, data_type = context.scene.marked(data_set).split("/")
    made = [
        config
        for config in context.backdrop.config.data_sets.values()
        if (config["data_group"], config["data_type"]) == (group, data_type)
    ]
    columns = context.table.headings
    assert_same(records_of(context.table), [{key: config[key] for key in columns} for config in made])


@then(
    'the log of the {process} soon has a line with "{one:Text}", "{other:Text}" and the name of "{data_set:DataSet}"'
)
def log_has_line(context: Context, process: str, one: str, other: str, data_set: str) -> None:
    wanted = (one, other, context.scene.config_of(data_set)["name"])
    server = {"write app": context.backdrop.write, "worker": context.backdrop.worker}[process]

    def check() -> None:
        near = [line for line in server.log().splitlines() if any(text in line for text in wanted[1:])]
        assert any(all(text in line for text in wanted) for line in near), near

    context.scene.soon(check, f"a line of the log with {wanted}")


@then('no log has "{secret:Text}" in it')
def no_log_has(context: Context, secret: str) -> None:
    for process in (context.backdrop.read, context.backdrop.write, context.backdrop.worker):
        assert secret not in process.log(), f"the log of {process.name} has it"


def _request_ids(context: Context, within: str, end: str) -> list[str | None]:
    calls = [
        call for call in context.backdrop.config.calls if within in call.path and call.path.endswith(end)
    ]
    return [call.headers.get("govuk-request-id") for call in calls]
