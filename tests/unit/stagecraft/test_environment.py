from __future__ import annotations

from pathlib import Path

import pytest

from stagecraft.environment import BadEnvironment, load_environment, read_environment

SECRET = "k3" * 30
PRODUCTION = {
    "ENVIRONMENT": "production",
    "STAGECRAFT_DATABASE_URL": "sqlite:////srv/stagecraft.sqlite",
    "STAGECRAFT_SECRET_KEY": SECRET,
}


def test_development_needs_nothing() -> None:
    environment = read_environment({})
    assert environment.name == "development"
    assert environment.database == Path.cwd() / "var" / "stagecraft.sqlite"
    assert environment.log_level == "INFO"
    assert environment.secret_key


def test_the_database_goes_where_the_data_dir_is() -> None:
    assert read_environment({"BACKDROP_DATA_DIR": "/data"}).database == Path("/data/stagecraft.sqlite")


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:////srv/s.sqlite", Path("/srv/s.sqlite")), ("sqlite:///s.sqlite", Path.cwd() / "s.sqlite")],
)
def test_urls_of_databases(url: str, path: Path) -> None:
    assert read_environment({"STAGECRAFT_DATABASE_URL": url}).database == path


def test_production_with_all_it_needs() -> None:
    environment = read_environment(PRODUCTION)
    assert environment.is_production
    assert SECRET not in repr(environment)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"ENVIRONMENT": "prod"}, "ENVIRONMENT"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"STAGECRAFT_SECRET_KEY": ""}, "STAGECRAFT_SECRET_KEY"),
        ({"STAGECRAFT_SECRET_KEY": "short"}, "STAGECRAFT_SECRET_KEY"),
        (
            {"STAGECRAFT_SECRET_KEY": "development-only-secret-key-that-production-refuses"},
            "STAGECRAFT_SECRET_KEY",
        ),
        ({"STAGECRAFT_DATABASE_URL": ""}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "sqlite://"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "sqlite:///"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "sqlite:///:memory:"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "sqlite:////a?mode=ro"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "postgresql://u:hush@h/d"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "/srv/s.sqlite"}, "STAGECRAFT_DATABASE_URL"),
    ],
)
def test_bad_values_are_named_in_one_line(changes: dict[str, str], named: str) -> None:
    with pytest.raises(BadEnvironment) as error:
        read_environment({**PRODUCTION, **changes})
    message = str(error.value)
    assert message.startswith(named)
    assert "\n" not in message
    assert "hush" not in message


def test_a_dotenv_file_counts_in_development_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=DEBUG\n")
    monkeypatch.chdir(tmp_path)
    for name in ("ENVIRONMENT", "LOG_LEVEL", "STAGECRAFT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert load_environment().log_level == "DEBUG"
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    assert load_environment().log_level == "ERROR"
    monkeypatch.delenv("LOG_LEVEL")
    monkeypatch.setenv("ENVIRONMENT", "test")
    assert load_environment().log_level == "INFO"
