"""The OpenAPI document as a page: plain HTML of ours, without scripts and without anything from another host."""

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).parent
# Stands for where the API is, until it is known who asks.
BASE = "{where-the-api-is}"


@cache
def security_policy() -> str:
    """The page's Content-Security-Policy: its own style, and nothing else."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def render(document: Mapping[str, Any]) -> str:
    """The whole page, with BASE for where the API is."""
    template = Engine().from_string((FOLDER / "page.html").read_text(encoding="utf-8"))
    context = {
        "title": document["info"]["title"],
        "paragraphs": [_coded(each) for each in document["info"]["description"].split("\n\n")],
        "style": _style(),
        "sections": _sections(document),
        "shapes": [_shape(name, schema) for name, schema in document["components"]["schemas"].items()],
    }
    return template.render(Context(context))


@cache
def _style() -> str:
    return (FOLDER / "page.css").read_text(encoding="utf-8")


def _sections(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The operations by the first part of their path, in the order of the document."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            sections.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return [{"name": name, "operations": operations} for name, operations in sections.items()]


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "who": _coded(operation["description"]),
        "parameters": [
            {"name": each["name"], "where": each["in"], "words": _coded(each.get("description", ""))}
            for each in operation["parameters"]
        ],
        "body": _name(body) if body else None,
        "answers": [_answer(status, each) for status, each in operation["responses"].items()],
        "curl": _curl(path, method, operation, body is not None),
    }


def _answer(status: str, response: Mapping[str, Any]) -> dict[str, Any]:
    # there is one kind at most
    schema = next(iter(response.get("content", {}).values()), {}).get("schema", {})
    listed = schema.get("type") == "array"
    return {
        "status": status,
        "words": _coded(response["description"]),
        "listed": listed,
        "shape": _name(schema["items"] if listed else schema) if schema else None,
    }


def _curl(path: str, method: str, operation: Mapping[str, Any], has_body: bool) -> str:
    parts = ["curl" if method == "get" else f"curl -X {method.upper()}"]
    if operation["security"]:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if has_body:
        parts.append("-H 'Content-Type: application/json' -d @body.json")
    return " \\\n  ".join([*parts, f"'{BASE}{path}'"])


def _shape(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    required = schema.get("required", ())
    return {
        "name": name,
        "rows": [
            {
                "key": key,
                "kind": _kind(value),
                "needed": key in required,
                "default": json.dumps(value["default"]) if "default" in value else None,
                "words": _coded(value.get("description", "")),
            }
            for key, value in schema.get("properties", {}).items()
        ],
    }


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _name(schema)
    if "const" in schema:
        return json.dumps(schema["const"])
    kinds = schema.get("type", "any")
    return ", ".join(kinds) if isinstance(kinds, list) else str(kinds)


def _coded(text: str) -> SafeString:
    """Text whose parts between backticks are code."""
    parts = [escape(part) for part in text.split("`")]
    parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
    return mark_safe("".join(parts))  # noqa: S308 - each part is escaped


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]
