"""Bearer tokens."""

from __future__ import annotations

import time

import pytest

from backdrop.write.auth import Unauthorised, check, fingerprint, is_unknown


@pytest.mark.parametrize("header", ["Bearer s3cret", "bearer s3cret", "BEARER   s3cret  "])
def test_the_right_token(header: str) -> None:
    assert check(header, ["s3cret"], "sales") == "s3cret"


@pytest.mark.parametrize(
    "header", [None, "", "s3cret", "Basic s3cret", "Bearer", "Bearer ", "Bearers3cret", "xBearer s3cret"]
)
def test_no_bearer_token(header: str | None) -> None:
    with pytest.raises(Unauthorised) as raised:
        check(header, ["s3cret"], "sales")
    assert str(raised.value) == "Expected header of form: Authorization: Bearer <token>"
    assert raised.value.token is None


@pytest.mark.parametrize("token", ["other", "S3cret", "s3cret2", "s3cre", "s3cret x", '"s3cret"'])
def test_a_wrong_token_is_shown_to_its_sender(token: str) -> None:
    with pytest.raises(Unauthorised) as raised:
        check(f"Bearer {token}", ["s3cret"], "sales")
    assert str(raised.value) == f"Unauthorized: Invalid bearer token '{token}' for 'sales'"
    assert (raised.value.token, raised.value.data_set) == (token, "sales")


def test_an_empty_token_is_nobodys() -> None:
    with pytest.raises(Unauthorised, match="Invalid bearer token"):
        check("Bearer x", [""], "sales")
    with pytest.raises(Unauthorised):
        check("Bearer ", [""], "sales")


def test_any_of_the_tokens_will_do() -> None:
    for token in ("new", "old"):
        assert check(f"Bearer {token}", ["new", "old"], "sales") == token
    with pytest.raises(Unauthorised):
        check("Bearer x", [], "sales")


def test_only_a_token_can_be_unknown() -> None:
    assert is_unknown("Bearer x", ["new", "old", ""])
    assert not is_unknown("Bearer old", ["new", "old"])
    assert not is_unknown(None, ["new"])
    assert not is_unknown("Basic x", ["new"])


def test_a_header_full_of_spaces_is_read_at_once() -> None:
    began = time.thread_time()
    assert is_unknown(f"Bearer x{' ' * 8_000}x", ["s3cret"])
    assert not is_unknown(f"Bearer {' ' * 8_000}", ["s3cret"])
    assert time.thread_time() - began < 0.1


def test_tokens_are_utf_8() -> None:
    as_wsgi_has_it = "schlüssel".encode().decode("latin-1")
    assert check(f"Bearer {as_wsgi_has_it}", ["schlüssel"], "sales") == "schlüssel"
    with pytest.raises(Unauthorised):
        check("Bearer \xff", ["\udcff"], "sales")


def test_a_fingerprint_is_twelve_hex_digits() -> None:
    assert fingerprint("s3cret") == "1ec1c26b50d5"
