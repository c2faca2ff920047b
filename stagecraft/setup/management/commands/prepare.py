"""`python -m stagecraft prepare`"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from stagecraft.api.failures import in_a_line
from stagecraft.api_users.models import ApiUser
from stagecraft.api_users.roles import ADMIN
from stagecraft.api_users.tokens import token_hash
from stagecraft.development import API_TOKEN
from stagecraft.environment import DEVELOPMENT
from stagecraft.setup.demo import load_demo
from stagecraft.setup.lock import StillLocked, held

LOCK_SECONDS = 60


class Command(BaseCommand):
    help = (
        "Makes the database ready: its tables, outside production the development API user, in development "
        "the demo. Does nothing when nothing is to do; several at once wait for each other."
    )
    # Else Django's own checks would open the database before its folder is there.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        database = settings.ENVIRONMENT.database
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
            with held(_lock_file(database), LOCK_SECONDS):
                done = [*_migrate(), *_seed()]
        except (OSError, DatabaseError, StillLocked) as error:
            raise CommandError(f"can't make {database} ready: {error}") from None
        except ValidationError as invalid:
            raise CommandError(
                f"what development needs doesn't fit what is there: {in_a_line(invalid)}"
            ) from None
        self.stdout.write(f"Stagecraft is ready: {', '.join(done) or 'nothing was to do'} ({database})")


def _lock_file(database: Path) -> Path:
    return database.with_name(database.name + ".lock")


def _migrate() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return []
    # Django notes a migration as done after the commit of it: who was killed in between left its tables only.
    call_command("migrate", verbosity=0, interactive=False, fake_initial=True)
    return [f"{len(plan)} migrations applied"]


def _seed() -> list[str]:
    done = []
    if not settings.ENVIRONMENT.is_production and not _has_development_user():
        ApiUser.create("development", ADMIN, API_TOKEN)
        done.append("development API user made")
    if settings.ENVIRONMENT.name == DEVELOPMENT and load_demo():
        done.append("demo loaded")
    return done


def _has_development_user() -> bool:
    return ApiUser.objects.filter(token_hash=token_hash(API_TOKEN)).exists()
