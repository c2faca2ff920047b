from __future__ import annotations

from pathlib import Path

import pytest

from backdrop.settings import InvalidSettings, origins, read_settings

PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "sqlite:////srv/backdrop.sqlite",
    "BROKER_URL": "amqp://backdrop:pass@mq1//;amqp://backdrop:pass@mq2//",
    "STAGECRAFT_URL": "https://stagecraft.example",
    "SIGNON_API_USER_TOKEN": "a-token-of-its-own",
    "STAGECRAFT_OAUTH_TOKEN": "another-token-of-its-own",
    "STAGECRAFT_COLLECTION_ENDPOINT_TOKEN": "a-third-token",
    "BACKDROP_READ_URL": "https://read.example/data",
    "BACKDROP_WRITE_URL": "https://write.example/data",
}


def test_development_needs_nothing_set() -> None:
    settings = read_settings({})
    assert settings.database_url == "sqlite:///var/backdrop.sqlite"
    assert settings.broker_url == "sqlite-queue:///var/broker.sqlite"
    assert settings.stagecraft_url == "http://localhost:3103"
    assert (settings.max_body_bytes, settings.max_result_rows) == (10 * 1024 * 1024, 1_000_000)


def test_the_files_of_development_follow_its_data_dir() -> None:
    settings = read_settings({"BACKDROP_DATA_DIR": "/srv/backdrop"})
    assert settings.data_dir == Path("/srv/backdrop")
    assert settings.database_url == "sqlite:////srv/backdrop/backdrop.sqlite"


@pytest.mark.parametrize(
    "url", ["mongodb://me:p@db1:27017,db2/backdrop?replicaSet=rs", "mongodb+srv://me:p@db/x"]
)
def test_a_database_may_be_one_of_mongodb(url: str) -> None:
    assert read_settings({"DATABASE_URL": url}).database_url == url


def test_dotenv_is_for_development_and_the_environment_wins() -> None:
    dotenv = {"LOG_LEVEL": "DEBUG", "MAX_RESULT_ROWS": "10"}
    settings = read_settings({"MAX_RESULT_ROWS": "20"}, dotenv)
    assert (settings.log_level, settings.max_result_rows) == ("DEBUG", 20)
    assert read_settings(PRODUCTION, dotenv).log_level == "INFO"


def test_a_trailing_slash_of_an_http_url_makes_no_difference() -> None:
    assert read_settings({"STAGECRAFT_URL": "http://config:3103/"}).stagecraft_url == "http://config:3103"


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if name != "ENVIRONMENT"])
def test_production_has_no_default_for_urls_and_tokens(missing: str) -> None:
    with pytest.raises(InvalidSettings, match=missing):
        read_settings({name: value for name, value in PRODUCTION.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIGNON_API_USER_TOKEN", "development-oauth-access-token"),
        ("STAGECRAFT_COLLECTION_ENDPOINT_TOKEN", "dev-create-endpoint-token"),
    ],
)
def test_production_refuses_the_tokens_that_everybody_knows(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=f"{name} has its well-known development value"):
        read_settings({**PRODUCTION, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("DATABASE_URL", "postgres://db"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:////srv/"),
        ("DATABASE_URL", "mongodb:/db"),
        ("DATABASE_URL", "mongo://db/backdrop"),
        ("BROKER_URL", "redis://mq"),
        ("BROKER_URL", "amqp://"),
        ("BROKER_URL", "amqp:mq"),
        ("BROKER_URL", "amqp://me:pa/ss@mq//"),
        ("BROKER_URL", "amqp://mq:65536//"),
        ("BROKER_URL", "amqp://one//;"),
        ("BROKER_URL", "amqp://one//,amqp://two//"),
        ("BROKER_URL", "amqp://one,two//"),
        ("BROKER_URL", "amqp://one//;amqps://two//"),
        ("BROKER_URL", "amqp://one//;sqlite-queue:///q.sqlite"),
        ("BROKER_URL", "sqlite-queue://host/q.sqlite"),
        ("BROKER_URL", "sqlite-queue:///q.sqlite?x=1"),
        ("SIGNON_API_USER_TOKEN", "two words"),
        ("STAGECRAFT_OAUTH_TOKEN", "a\nline"),
        ("STAGECRAFT_URL", "localhost:3103"),
        ("STAGECRAFT_CACHE_SECONDS", "-1"),
        ("MAX_BODY_BYTES", "10MB"),
        ("MAX_RESULT_ROWS", "0"),
        ("LOG_LEVEL", "loud"),
        ("BACKDROP_DATA_DIR", ""),
    ],
)
def test_a_bad_value_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=f"^{name} must"):
        read_settings({name: value})


def test_no_secret_is_in_any_text() -> None:
    settings = read_settings(PRODUCTION)
    shown = repr(settings) + repr(origins(settings, PRODUCTION))
    for secret in ("pass", "a-token-of-its-own", "another-token-of-its-own", "a-third-token"):
        assert secret not in shown
    assert "amqp://********@mq1//;amqp://********@mq2//" in shown


def test_an_unknown_database_is_told_which_there_are() -> None:
    with pytest.raises(InvalidSettings, match="sqlite:/// and the path of a file, or a URL mongodb://"):
        read_settings({"DATABASE_URL": "postgres://me:s3cret@db/backdrop"})


@pytest.mark.parametrize("name", ["DATABASE_URL", "BROKER_URL", "STAGECRAFT_URL", "SIGNON_API_USER_TOKEN"])
@pytest.mark.parametrize("url", ["postgres://me:my s3cret@db", "amqp://me:s3cret\N{FULLWIDTH COLON}@mq"])
def test_a_bad_secret_is_not_repeated(name: str, url: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        read_settings({name: url})
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "url", "shown"),
    [
        ("STAGECRAFT_URL", "http://me:pass@config/x", "http://********@config/x"),
        ("BROKER_URL", "amqp://me:pa%2Fss@mq//", "amqp://********@mq//"),
    ],
)
def test_credentials_in_any_url_are_masked(name: str, url: str, shown: str) -> None:
    environ = {name: url}
    values = {o.name: o.value for o in origins(read_settings(environ), environ)}
    assert values[name] == shown


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(InvalidSettings) as refusal:
        read_settings({"ENVIRONMENT": "production", "LOG_LEVEL": "loud"})
    for name in ("DATABASE_URL", "BROKER_URL", "STAGECRAFT_URL", "STAGECRAFT_OAUTH_TOKEN", "LOG_LEVEL"):
        assert name in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_data_dir_of_any_name_makes_a_broker_url() -> None:
    assert read_settings({"BACKDROP_DATA_DIR": "/srv/my data#1"}).broker_url == (
        "sqlite-queue:////srv/my%20data%231/broker.sqlite"
    )


def test_each_setting_says_where_it_came_from() -> None:
    environ, dotenv = {"LOG_LEVEL": "DEBUG"}, {"MAX_RESULT_ROWS": "10"}
    sources = {o.name: o.source for o in origins(read_settings(environ, dotenv), environ, dotenv)}
    assert (sources["LOG_LEVEL"], sources["MAX_RESULT_ROWS"], sources["DATABASE_URL"]) == (
        "environment",
        ".env",
        "default",
    )
