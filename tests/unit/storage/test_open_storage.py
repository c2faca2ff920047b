from __future__ import annotations

from pathlib import Path

import pytest

from backdrop.storage import open_storage
from backdrop.storage.mongo.engine import MongoStorage
from backdrop.storage.protocol import StorageUnavailable
from backdrop.storage.sqlite.engine import SqliteStorage
from tests.contract.making import EVERYTHING, record, write


def test_three_slashes_are_relative_and_four_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    relative = open_storage("sqlite:///some/folder/file with spaces?.sqlite")
    monkeypatch.chdir("/")
    relative.append("things", [record("a")], write())
    relative.close()
    assert (tmp_path / "some/folder/file with spaces?.sqlite").is_file()
    absolute = open_storage(f"sqlite:///{tmp_path}/some/folder/file with spaces?.sqlite")
    assert absolute.find("things", EVERYTHING, None, 0) == [record("a")]
    absolute.close()


def test_opening_touches_nothing(tmp_path: Path) -> None:
    assert isinstance(open_storage(f"sqlite:///{tmp_path}/folder/file"), SqliteStorage)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite://",
        "sqlite:///",
        "sqlite:////",
        "sqlite://file",
        "sqlite:///folder/",
        "sqlite:///a\0b",
        "SQLITE:///file",
        "/var/backdrop.sqlite",
        "postgresql://user:secret@host/db",
        "user:secret@host",
        "mongodb:/user:secret@host",
    ],
)
def test_another_url_is_refused_with_what_would_be_right(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///path/to/file") as refused:
        open_storage(url)
    assert "secret" not in str(refused.value)


def test_mongodb_is_opened_without_connecting() -> None:
    for url in (
        "mongodb://nowhere.invalid/x",
        "mongodb://a.invalid:1,b.invalid/?replicaSet=rs",
        "mongodb+srv://x.invalid/y",
    ):
        storage = open_storage(url)
        assert isinstance(storage, MongoStorage)
        storage.close()


@pytest.mark.parametrize(
    "url",
    [
        "mongodb://",
        "mongodb://user:sec/ret@host/x",
        "mongodb://user:secret@host:port/x",
        "mongodb://user:secret@host/x?secret=1",
        "mongodb://user:secret@host/a b",
        "mongodb://user:secret@host/x.secret",
        "mongodb://user:secret@host/x?timeoutMS=secret",
        "mongodb+srv://user:secret@a.example,b.example/x",
        "mongodb+srv://user:secret@a.example:27017/x",
    ],
)
def test_a_bad_url_of_mongodb_is_refused_without_what_is_in_it(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL must") as refused:
        open_storage(url)
    assert "secret" not in f"{refused.value} {refused.value.__cause__}"
    assert "ret@" not in str(refused.value)


def test_files_of_certificates_that_cannot_be_used(tmp_path: Path) -> None:
    url = "mongodb://user:secret@127.0.0.1:1/x?tls=true&tlsCAFile="
    with pytest.raises(ValueError, match=r"DATABASE_URL names a file that can't be read \(No such file"):
        open_storage(url + str(tmp_path / "missing.pem"))
    (tmp_path / "empty.pem").touch()
    storage = open_storage(url + str(tmp_path / "empty.pem"))
    with pytest.raises(StorageUnavailable) as raised:
        storage.ping()
    assert "a file that DATABASE_URL names can't be used" in raised.value.trouble
    assert "secret" not in raised.value.trouble
