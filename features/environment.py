"""Real processes for the features: a config API, the read app, the write app and the worker, once for the whole run.
Those tagged @stagecraft have a real Stagecraft besides.

Which database and broker they use is theirs to know: with BACKDROP_TEST_ENGINES=production they get a MongoDB and
a RabbitMQ of this run's own; else DATABASE_URL and BROKER_URL of the environment reach them, and without those
they take the embedded ones in a folder of this run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from behave import fixture, use_fixture
from behave.model import Scenario
from behave.runner import Context

from features.running_stagecraft import Stagecraft
from features.scene import Scene
from features.wording import register_words
from tests.processes import Backdrop
from tests.servers.engines import production_engines

WHICH_ENGINES = "BACKDROP_TEST_ENGINES"
STAGECRAFT = "stagecraft"
ENGINES = ("DATABASE_URL", "BROKER_URL")

# Small, so that a feature reaches them with little.
LIMITS = {"MAX_BODY_BYTES": "100000", "MAX_RESULT_ROWS": "1000"}

register_words()


@fixture
def running_backdrop(context: Context) -> Iterator[Backdrop]:
    with tempfile.TemporaryDirectory(prefix="features-") as name:
        folder = Path(name)
        with engines(folder) as urls:
            backdrop = Backdrop(folder, apps=("read", "write", "worker"), environment={**urls, **LIMITS})
            with backdrop:
                yield backdrop


def engines(folder: Path) -> AbstractContextManager[dict[str, str]]:
    """The settings that name database and broker. Raises ServerMissing when entered."""
    which = os.environ.get(WHICH_ENGINES, "embedded")
    assert which in ("embedded", "production"), f"{WHICH_ENGINES} is '{which}': write embedded or production"
    if which == "production":
        return production_engines(folder)
    return nullcontext({name: os.environ[name] for name in ENGINES if name in os.environ})


@fixture
def stagecraft_when_needed(context: Context) -> Iterator[Stagecraft]:
    stagecraft = Stagecraft(context.backdrop.folder / "stagecraft", context.backdrop.write.url)
    yield stagecraft
    stagecraft.stop()


def before_all(context: Context) -> None:
    context.backdrop = use_fixture(running_backdrop, context)
    context.stagecraft = use_fixture(stagecraft_when_needed, context)


def before_scenario(context: Context, scenario: Scenario) -> None:
    context.scene = Scene(context.backdrop)
    if STAGECRAFT in scenario.effective_tags:
        context.stagecraft.empty()


def after_scenario(context: Context, scenario: Scenario) -> None:
    context.scene.leave()
