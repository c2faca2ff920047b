"""Real processes for the features: a config API, the read app, the write app and the worker, once for the whole run.

Which database and broker they use is theirs to know: DATABASE_URL and BROKER_URL of the environment reach
them, and without those they take the embedded ones in a folder of this run.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from behave import fixture, use_fixture
from behave.model import Scenario
from behave.runner import Context

from features.scene import Scene
from features.wording import register_words
from tests.processes import Backdrop

ENGINES = ("DATABASE_URL", "BROKER_URL")

# Small, so that a feature reaches them with little.
LIMITS = {"MAX_BODY_BYTES": "100000", "MAX_RESULT_ROWS": "1000"}

register_words()


@fixture
def running_backdrop(context: Context) -> Iterator[Backdrop]:
    engines = {name: os.environ[name] for name in ENGINES if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="features-") as folder:
        backdrop = Backdrop(Path(folder), apps=("read", "write", "worker"), environment=engines | LIMITS)
        with backdrop:
            yield backdrop


def before_all(context: Context) -> None:
    context.backdrop = use_fixture(running_backdrop, context)


def before_scenario(context: Context, scenario: Scenario) -> None:
    context.scene = Scene(context.backdrop)


def after_scenario(context: Context, scenario: Scenario) -> None:
    context.scene.leave()
