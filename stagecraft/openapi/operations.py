"""What can be done where: the `paths` of the document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stagecraft.api_users.roles import DASHBOARDS, DATA_SETS, ROLES, may

Part = dict[str, Any]

REFUSALS: Mapping[int, str] = {
    400: "Something is wrong with the body or the parameters; `errors` names each fault.",
    401: "No token, or none that is known.",
    403: "The user's role may not.",
    404: "There is no such thing.",
    409: "What is there stands in the way; `errors` names it.",
    411: "The body has no Content-Length.",
    412: "It has been changed since it had the ETag of `If-Match`.",
    413: "The body is larger than 1 MiB.",
    503: "The database, or for a data set's data Backdrop, can't be used just now; `Retry-After` says when.",
}
HEADERS: Mapping[int, tuple[str, str]] = {
    401: ("WWW-Authenticate", "`Bearer`"),
    503: ("Retry-After", "How many seconds later to ask again."),
}
GUARDED, ONE, BODY = (401, 403, 503), (404,), (400, 411, 413)
JSON, HTML = "application/json", "text/html"
OPEN = "No token is needed."
LONGEST_PARAMETER = 200


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path. `answers` is the name of the schema of a 2xx, in brackets for a list of it.

    `kind` is what `roles.may` goes by; None: anybody may.
    """

    method: str
    path: str
    id: str
    summary: str
    answers: str | None
    kind: str | None = DATA_SETS
    refusals: Sequence[int] = ()
    takes: str | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    media_type: str = JSON

    @property
    def roles(self) -> tuple[str, ...]:
        """Who may, of those with a token."""
        if self.kind is None:
            return ()
        return tuple(role for role in ROLES if may(role, self.kind, changes=self.method != "get"))


def _resource(
    path: str, key: str, names: tuple[str, str, str, str], what: str, filters: Mapping[str, str]
) -> tuple[Operation, ...]:
    """The five that every resource has. `names`: of its operations, of its answer, of the bodies of POST and PUT."""
    name, shown, new, changed = names
    one = f"{path}/{{{key}}}"
    created, replaced = (*GUARDED, *BODY), (*GUARDED, *BODY, *ONE, 412)
    return (
        Operation(
            "get",
            path,
            f"list{name}s",
            f"All {what}s",
            f"[{shown}]",
            refusals=(*GUARDED, 400),
            filters=filters,
        ),
        Operation(
            "post", path, f"create{name}", f"Make a {what}", shown, refusals=created, takes=new, status=201
        ),
        Operation("get", one, f"show{name}", f"One {what}", shown, refusals=(*GUARDED, *ONE)),
        Operation(
            "put",
            one,
            f"change{name}",
            f"Change a {what}: what the body leaves out takes its default again",
            shown,
            refusals=(*replaced, 409) if name == "TransformType" else replaced,
            takes=changed,
        ),
        Operation(
            "delete",
            one,
            f"delete{name}",
            f"Delete a {what}",
            None,
            # Nothing uses a transform.
            refusals=(*GUARDED, *ONE, 412) if name == "Transform" else (*GUARDED, *ONE, 409, 412),
            status=204,
        ),
    )


_BY_NAME = {"name": "Only the one of this name."}
_BY_GROUP_AND_TYPE = {
    "data-group": "Only those of this data group; also `data_group`.",
    "data-type": "Only those of this data type; also `data_type`.",
}
_OF_TRANSFORMS = {
    "type": "Only those of the transform type of this name.",
    "data-group": "Only those that name this data group as their input's; also `data_group`.",
    "data-type": "Only those that read this data type; also `data_type`.",
    "output-data-group": "Only those that name this data group as their output's; also `output_data_group`.",
    "output-data-type": "Only those that write this data type; also `output_data_type`.",
}

OPERATIONS: tuple[Operation, ...] = (
    *_resource(
        "/data-sets",
        "name",
        ("DataSet", "DataSet", "NewDataSet", "ChangedDataSet"),
        "data set",
        _BY_GROUP_AND_TYPE,
    ),
    Operation(
        "get",
        "/data-sets/{name}/transform",
        "listTransformsOfDataSet",
        "The transforms whose input the data set is",
        "[Transform]",
        refusals=(*GUARDED, *ONE),
    ),
    Operation(
        "get",
        "/data-sets/{name}/dashboard",
        "listDashboardsOfDataSet",
        "The dashboards, published or not, with a module over the data set",
        "[Dashboard]",
        DASHBOARDS,
        (*GUARDED, *ONE),
    ),
    *_resource(
        "/data-groups",
        "name",
        ("DataGroup", "DataGroup", "NewDataGroup", "ChangedDataGroup"),
        "data group",
        _BY_NAME,
    ),
    *_resource(
        "/data-types",
        "name",
        ("DataType", "DataType", "NewDataType", "ChangedDataType"),
        "data type",
        _BY_NAME,
    ),
    *_resource(
        "/transform",
        "id",
        ("Transform", "Transform", "TransformBody", "TransformBody"),
        "transform",
        _OF_TRANSFORMS,
    ),
    *_resource(
        "/transform-type",
        "id",
        ("TransformType", "TransformType", "NewTransformType", "ChangedTransformType"),
        "transform type",
        _BY_NAME,
    ),
    Operation(
        "get",
        "/transactions-explorer-service/{service_id}/dashboard",
        "listDashboardsOfService",
        "The published dashboards of a service of the transactions explorer",
        "[Dashboard]",
        DASHBOARDS,
        GUARDED,
    ),
    Operation("get", "/_status", "status", "Whether the app is up", "Status", None),
    Operation("get", "/openapi.json", "document", "This document, for programs", "Document", None),
    Operation("get", "/docs", "documentAsPage", "The same to be read", "Page", None, media_type=HTML),
)


def paths() -> dict[str, Part]:
    """All of them as OpenAPI has them."""
    found: dict[str, Part] = {}
    for operation in OPERATIONS:
        found.setdefault(operation.path, {})[operation.method] = _described(operation)
    return found


def _described(operation: Operation) -> Part:
    described: Part = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": _who_may(operation),
        # One of these is enough. For a scheme like ours, OpenAPI 3.1 has the role in the brackets.
        "security": [{"token": [role]} for role in operation.roles],
        "tags": [operation.path.split("/")[1]],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.takes:
        content = {JSON: {"schema": _reference(operation.takes)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _who_may(operation: Operation) -> str:
    if not operation.roles:
        return OPEN
    *others, last = (f"`{role}`" for role in operation.roles)
    listed = f"{', '.join(others)} or {last}" if others else last
    return f"With the token of an API user whose role is {listed}."


def _parameters(operation: Operation) -> list[Part]:
    in_path = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": _of_parameter(part[1:-1])}
        for part in operation.path.split("/")
        if part.startswith("{")
    ]
    filters = [
        {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}
        for name, words in operation.filters.items()
    ]
    header = {"in": "header", "schema": {"type": "string", "pattern": '^"[!#-~]*"$'}}
    if operation.method == "get":
        words = "An ETag: as long as it is still the answer's, the answer is a 304 without a body."
        only = "An ETag: the answer is a 412 unless this is its own."
        return [
            *in_path,
            *filters,
            {"name": "If-None-Match", "description": words, **header},
            {"name": "If-Match", "description": only, **header},
        ]
    if 412 in operation.refusals:
        words = "An ETag: nothing is changed unless it is still the one of a GET."
        return [*in_path, {"name": "If-Match", "description": words, **header}]
    return [*in_path, *filters]


def _of_parameter(name: str) -> Part:
    # As loose as the address itself: what is no name is the name of nothing, so a 404.
    if name == "id":
        return {"type": "string", "format": "uuid"}
    examples = {"name": ["g_cloud_sales"], "service_id": ["service-7"]}
    return {"type": "string", "minLength": 1, "maxLength": LONGEST_PARAMETER, "examples": examples[name]}


def _responses(operation: Operation) -> Part:
    done: Part = {"description": {200: "The answer.", 201: "Made.", 204: "Deleted."}[operation.status]}
    if operation.answers:
        done["content"] = {operation.media_type: {"schema": _schema(operation.answers)}}
    if operation.status == 201:
        done["headers"] = {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}
    if operation.method == "get":
        done["headers"] = {"ETag": {"description": "What it is known by.", "schema": {"type": "string"}}}
    responses = {str(operation.status): done}
    if operation.method == "get":
        responses["304"] = {"description": "Unchanged since it had the ETag of `If-None-Match`."}
    for status in sorted(_refusals(operation)):
        refusal: Part = {"description": REFUSALS[status], "content": {JSON: {"schema": _reference("Error")}}}
        if status in HEADERS:
            name, words = HEADERS[status]
            refusal["headers"] = {name: {"description": words, "schema": {"type": "string"}}}
        responses[str(status)] = refusal
    return responses


def _refusals(operation: Operation) -> set[int]:
    # Every GET is held to an If-Match, so this isn't said of each.
    return {*operation.refusals, 412} if operation.method == "get" else {*operation.refusals}


def _schema(name: str) -> Part:
    if name.startswith("["):
        return {"type": "array", "items": _reference(name[1:-1])}
    return _reference(name)


def _reference(name: str) -> Part:
    return {"$ref": f"#/components/schemas/{name}"}
