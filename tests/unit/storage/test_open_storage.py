from __future__ import annotations

from pathlib import Path

import pytest

from backdrop.storage import open_storage
from backdrop.storage.sqlite import SqliteStorage
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
    ],
)
def test_another_url_is_refused_with_what_would_be_right(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///path/to/file") as refused:
        open_storage(url)
    assert "secret" not in str(refused.value)
