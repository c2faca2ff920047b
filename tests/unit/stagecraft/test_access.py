"""Roles and tokens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import stagecraft
from stagecraft.api_users.roles import DASHBOARDS, DATA_SETS, ROLES, may
from stagecraft.api_users.tokens import bearer_token, new_token, same_hash, token_hash
from stagecraft.development import API_TOKEN, PUBLIC_TOKENS, is_usable

DEMO = Path(stagecraft.__file__).parent / "setup" / "demo.json"

# role: may read data sets, change data sets, read dashboards, change dashboards
RIGHTS = {
    "admin": (True, True, True, True),
    "collector": (True, False, True, False),
    "omniscient": (True, False, True, False),
    "dashboard-editor": (False, False, True, True),
    "visitor": (False, False, False, False),
}


@pytest.mark.parametrize("role", RIGHTS)
def test_what_each_role_may(role: str) -> None:
    asked = [(DATA_SETS, False), (DATA_SETS, True), (DASHBOARDS, False), (DASHBOARDS, True)]
    assert tuple(may(role, kind, changes=changes) for kind, changes in asked) == RIGHTS[role]
    assert set(ROLES) == set(RIGHTS) - {"visitor"}


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "Bearer  abc", " Bearer abc "])
def test_headers_with_a_token(header: str) -> None:
    assert bearer_token(header) == "abc"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b", "Bearer é", "Bearerabc"]
)
def test_headers_without(header: str) -> None:
    assert bearer_token(header) is None


def test_tokens_are_long_and_their_hashes_tell_them_apart() -> None:
    one, other = new_token(), new_token()
    assert one != other
    assert len(one) >= 43
    assert bearer_token(f"Bearer {one}") == one
    assert same_hash(token_hash(one), token_hash(one))
    assert not same_hash(token_hash(one), token_hash(other))
    assert one not in token_hash(one)


def test_every_token_of_this_repository_is_refused_in_production() -> None:
    demo = json.loads(DEMO.read_text(encoding="utf-8"))
    assert {data_set["bearer_token"] for data_set in demo["data_sets"]} | {API_TOKEN} == PUBLIC_TOKENS
    for token in PUBLIC_TOKENS:
        assert is_usable(token, production=False)
        assert not is_usable(token, production=True)
    assert is_usable(new_token(), production=True)
