from __future__ import annotations

from pathlib import Path

import pytest

from backdrop.settings import InvalidSettings, read_settings
from stagecraft.database_url import SqliteDatabase
from stagecraft.environment import LOG_LEVELS, BadEnvironment, load_environment, read_environment

SECRET = "an-example-of-a-long-enough-secret-" * 2
PRODUCTION = {
    "ENVIRONMENT": "production",
    "STAGECRAFT_DATABASE_URL": "sqlite:////srv/stagecraft.sqlite",
    "STAGECRAFT_SECRET_KEY": SECRET,
    "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN": "drops-data-sets",
    "STAGECRAFT_ALLOWED_HOSTS": "stagecraft.example.com",
    "BACKDROP_READ_URL": "https://read.example.com/data",
    "BACKDROP_WRITE_URL": "https://write.example.com/data",
}


def test_development_needs_nothing() -> None:
    environment = read_environment({})
    assert environment.name == "development"
    assert environment.database == SqliteDatabase(Path.cwd() / "var" / "stagecraft.sqlite")
    assert environment.read_url == "http://localhost:3038/data"
    assert environment.write_url == "http://localhost:3039/data"
    assert environment.drop_token == "dev-create-endpoint-token"
    assert environment.log_level == "INFO"
    assert environment.secret_key


def test_the_database_goes_where_the_data_dir_is() -> None:
    environment = read_environment({"BACKDROP_DATA_DIR": "/data"})
    assert environment.database == SqliteDatabase(Path("/data/stagecraft.sqlite"))


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:////srv/s.sqlite", Path("/srv/s.sqlite")), ("sqlite:///s.sqlite", Path.cwd() / "s.sqlite")],
)
def test_urls_of_databases(url: str, path: Path) -> None:
    assert read_environment({"STAGECRAFT_DATABASE_URL": url}).database == SqliteDatabase(path)


def test_production_with_all_it_needs() -> None:
    environment = read_environment(PRODUCTION)
    assert environment.is_production
    assert environment.write_url == "https://write.example.com/data"
    assert SECRET not in repr(environment)
    assert "drops-data-sets" not in repr(environment)


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if name != "ENVIRONMENT"])
def test_production_has_no_default(missing: str) -> None:
    with pytest.raises(BadEnvironment, match=f"^{missing} is missing"):
        read_environment({name: value for name, value in PRODUCTION.items() if name != missing})


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"ENVIRONMENT": "prod"}, "ENVIRONMENT"),
        ({"ENVIRONMENT": ""}, "ENVIRONMENT"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"LOG_LEVEL": "debug"}, "LOG_LEVEL"),
        ({"LOG_LEVEL": ""}, "LOG_LEVEL"),
        ({"BACKDROP_DATA_DIR": " "}, "BACKDROP_DATA_DIR"),
        ({"STAGECRAFT_SECRET_KEY": ""}, "STAGECRAFT_SECRET_KEY"),
        ({"STAGECRAFT_SECRET_KEY": "short"}, "STAGECRAFT_SECRET_KEY"),
        ({"STAGECRAFT_SECRET_KEY": "abc" * 20}, "STAGECRAFT_SECRET_KEY"),
        ({"STAGECRAFT_ALLOWED_HOSTS": " , "}, "STAGECRAFT_ALLOWED_HOSTS"),
        ({"STAGECRAFT_ALLOWED_HOSTS": "*"}, "STAGECRAFT_ALLOWED_HOSTS"),
        ({"STAGECRAFT_ALLOWED_HOSTS": "https://a.example"}, "STAGECRAFT_ALLOWED_HOSTS"),
        ({"BACKDROP_PUBLIC_READ_URL": "ftp://a.example/data"}, "BACKDROP_PUBLIC_READ_URL"),
        ({"BACKDROP_PUBLIC_WRITE_URL": ""}, "BACKDROP_PUBLIC_WRITE_URL"),
        (
            {"STAGECRAFT_SECRET_KEY": "development-only-secret-key-that-production-refuses"},
            "STAGECRAFT_SECRET_KEY",
        ),
        ({"STAGECRAFT_DATABASE_URL": ""}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "sqlite://"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "sqlite:///"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "sqlite:///:memory:"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "sqlite:////a?mode=ro"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "mysql://u:hush@h/d"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "postgresql://u:hush@h"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "postgresql://u:hush@h:port/d"}, "STAGECRAFT_DATABASE_URL"),
        ({"STAGECRAFT_DATABASE_URL": "postgresql://u:hush@h/d?sslmodus=x"}, "STAGECRAFT_DATABASE_URL"),
        ({"BACKDROP_WRITE_URL": "ftp://u:hush@h/data"}, "BACKDROP_WRITE_URL"),
        ({"BACKDROP_WRITE_URL": "http://u:hush@h/data?a=b"}, "BACKDROP_WRITE_URL"),
        ({"BACKDROP_READ_URL": "http://[::1/"}, "BACKDROP_READ_URL"),
        ({"STAGECRAFT_COLLECTION_ENDPOINT_TOKEN": "hush hush"}, "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN"),
        (
            {"STAGECRAFT_COLLECTION_ENDPOINT_TOKEN": "dev-create-endpoint-token"},
            "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN",
        ),
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


def test_all_that_is_missing_or_bad_is_named_at_once() -> None:
    bad = {
        "LOG_LEVEL": "LOUD",
        "BACKDROP_PUBLIC_READ_URL": "ftp://u:hush@h/data",
        "STAGECRAFT_SECRET_KEY": "hush",
    }
    with pytest.raises(BadEnvironment) as error:
        read_environment({"ENVIRONMENT": "production", **bad})
    faults = str(error.value).split("; ")
    assert "\n" not in str(error.value)
    assert "hush" not in str(error.value)
    assert {fault.split()[0] for fault in faults} == {*PRODUCTION, *bad} - {"ENVIRONMENT"}
    assert len(faults) == 8


def test_a_bad_environment_is_the_only_fault_as_the_others_depend_on_it() -> None:
    with pytest.raises(BadEnvironment, match=r"^ENVIRONMENT is 'prod'[^;]*$"):
        read_environment({"ENVIRONMENT": "prod", "LOG_LEVEL": "LOUD"})


@pytest.mark.parametrize(
    "missing", [(), ("STAGECRAFT_SECRET_KEY", "BACKDROP_READ_URL", "STAGECRAFT_ALLOWED_HOSTS")]
)
def test_backdrop_names_all_in_one_line_too(missing: tuple[str, ...]) -> None:
    with pytest.raises(InvalidSettings) as backdrops:
        read_settings({"ENVIRONMENT": "production", "LOG_LEVEL": "LOUD"})
    assert len(str(backdrops.value).split("; ")) > 2
    left = {variable: value for variable, value in PRODUCTION.items() if variable not in missing}
    with pytest.raises(BadEnvironment) as ours:
        read_environment({**left, "LOG_LEVEL": "LOUD"})
    assert [fault.split()[0] for fault in str(ours.value).split("; ")][-1] == "LOG_LEVEL"
    assert len(str(ours.value).split("; ")) == len(missing) + 1


@pytest.mark.parametrize("name", ["development", "test"])
@pytest.mark.parametrize(
    "variable", ["LOG_LEVEL", "BACKDROP_DATA_DIR", "STAGECRAFT_DATABASE_URL", "STAGECRAFT_SECRET_KEY"]
)
def test_an_empty_variable_is_no_way_to_say_the_default(name: str, variable: str) -> None:
    with pytest.raises(BadEnvironment, match=f"^{variable} is empty"):
        read_environment({"ENVIRONMENT": name, variable: ""})


def test_both_projects_take_the_same_log_levels_and_environments() -> None:
    for level in (*LOG_LEVELS, "debug", "Info", "WARN", "NOTSET", ""):
        assert _taken_by_stagecraft("LOG_LEVEL", level) == _taken_by_backdrop("LOG_LEVEL", level), level
    for name in ("development", "test", "Development", "staging", ""):
        assert _taken_by_stagecraft("ENVIRONMENT", name) == _taken_by_backdrop("ENVIRONMENT", name), name


def _taken_by_stagecraft(variable: str, value: str) -> bool:
    try:
        read_environment({variable: value})
    except BadEnvironment:
        return False
    return True


def _taken_by_backdrop(variable: str, value: str) -> bool:
    try:
        read_settings({variable: value})
    except InvalidSettings:
        return False
    return True


@pytest.mark.parametrize("name", ["production", "test"])
def test_a_dotenv_file_that_is_not_of_development_says_no_more_than_that(name: str) -> None:
    """As in Backdrop: what the file says besides has to come from the environment."""
    dotenv = PRODUCTION | {"ENVIRONMENT": name, "LOG_LEVEL": "DEBUG"}
    environ = {variable: value for variable, value in PRODUCTION.items() if variable != "ENVIRONMENT"}
    environment = read_environment(environ, dotenv)
    assert (environment.name, environment.log_level) == (name, "INFO")
    assert read_environment({"ENVIRONMENT": "development"}, dotenv).log_level == "DEBUG"


def test_production_takes_no_secret_from_a_dotenv_file() -> None:
    with pytest.raises(BadEnvironment, match="missing"):
        read_environment({}, PRODUCTION)


def test_backdrop_takes_no_more_from_such_a_file() -> None:
    settings = read_settings({}, {"ENVIRONMENT": "test", "LOG_LEVEL": "DEBUG"})
    assert (settings.environment, settings.log_level) == ("test", "INFO")


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


def test_people_may_know_backdrop_by_other_urls_than_stagecraft() -> None:
    inside = read_environment(PRODUCTION)
    assert (inside.public_read_url, inside.public_write_url) == (inside.read_url, inside.write_url)
    public = read_environment({**PRODUCTION, "BACKDROP_PUBLIC_READ_URL": "https://read.example/data/"})
    assert public.public_read_url == "https://read.example/data"
    assert public.read_url == inside.read_url
