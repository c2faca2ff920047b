"""Which options a type of transform takes, in words and as an example, from its schema: pure."""

import json
from collections.abc import Mapping
from typing import Any

KINDS: Mapping[str, str] = {
    "string": "text",
    "array": "list",
    "object": "object",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
}
DRAFTS: Mapping[str, Any] = {"array": [], "object": {}, "number": 0, "integer": 0, "boolean": False}
SAMPLES: Mapping[str, Any] = {
    "string": "example",
    "array": ["example"],
    "object": {"example": "value"},
    "number": 1.5,
    "integer": 1,
    "boolean": True,
}
# What the options of the types that come with the worker are for, and a value that goes with the others'. The schema
# of a type of one's own says so itself, by `description` and `examples` (or `default`).
WORDS: Mapping[str, tuple[str, Any]] = {
    "matchingAttribute": ("the field that says what a record counts as; the query groups by it", "stage"),
    "valueAttribute": ("what is summed; the query collects it", "volume:sum"),
    "numeratorMatcher": ("found in that field, the record counts above the line", "^done$"),
    "denominatorMatcher": ("found there, it counts below the line", "^(begun|done)$"),
    "mapping-keys": ("the fields that are looked at; the query groups by them", ["device", "browser"]),
    "mappings": (
        "names, each with one regular expression for each field of mapping-keys; the first that fits holds",
        {"phone": ["^phone$", "."], "old": [".", "IE [5-8]"]},
    ),
    "mapped-attribute": ("what the field with these names is called in the result", "kind"),
    "value-attribute": ("what is summed; the query collects it", "visits:sum"),
    "other-mapping": ("the name for what fits none; left out, that isn't counted", "other"),
    "additionalFields": ("put under every record of the result", {"source": "form"}),
}


def described(schema: Any) -> dict[str, Any]:
    """What the page of a transform shows for a type: `options` with `name`, `kind`, `words` and `needed`, those that
    are needed first; `example` and, to be filled in, `draft`, both as JSON. Any schema will do."""
    rules = schema.get("properties") if isinstance(schema, Mapping) else None
    rules = rules if isinstance(rules, Mapping) else {}
    needed = _needed(schema, rules)
    names = [*needed, *(name for name in rules if name not in needed)]
    return {
        "options": [
            {
                "name": name,
                "kind": _kind(_rule(rules, name)),
                "words": _words(name, _rule(rules, name)),
                "needed": name in needed,
            }
            for name in names
        ],
        "example": _json({name: _example(name, _rule(rules, name)) for name in needed or names}),
        "draft": _json({name: DRAFTS.get(_type(_rule(rules, name)), "") for name in needed}),
    }


def _needed(schema: Any, rules: Mapping[str, Any]) -> list[str]:
    required = schema.get("required") if isinstance(schema, Mapping) else None
    listed = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    # Draft 3 says so at each property.
    own = [name for name in rules if _rule(rules, name).get("required") is True and name not in listed]
    return list(dict.fromkeys([*listed, *own]))


def _rule(rules: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    rule = rules.get(name)
    return rule if isinstance(rule, Mapping) else {}


def _type(rule: Mapping[str, Any]) -> str:
    kinds = rule.get("type")
    first = kinds[0] if isinstance(kinds, list) and kinds else kinds
    return first if isinstance(first, str) else ""


def _kind(rule: Mapping[str, Any]) -> str:
    return "regular expression" if rule.get("format") == "regex" else KINDS.get(_type(rule), "")


def _words(name: str, rule: Mapping[str, Any]) -> str:
    said = rule.get("description") or rule.get("title")
    return said if isinstance(said, str) else WORDS.get(name, ("", None))[0]


def _example(name: str, rule: Mapping[str, Any]) -> Any:
    for key in ("examples", "enum"):
        given = rule.get(key)
        if isinstance(given, list) and given:
            return given[0]
    if "default" in rule:
        return rule["default"]
    if name in WORDS:
        return WORDS[name][1]
    return "^example$" if rule.get("format") == "regex" else SAMPLES.get(_type(rule), "example")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
