"""`python -m stagecraft prepare`"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from stagecraft.admin_site import first_administrator
from stagecraft.api.failures import in_a_line
from stagecraft.api_users.models import ApiUser
from stagecraft.api_users.roles import ADMIN
from stagecraft.api_users.tokens import token_hash
from stagecraft.checked import LOCK_OF_PREPARING
from stagecraft.database_url import Database, SqliteDatabase
from stagecraft.datasets.dropping_again import drop_at_a_start
from stagecraft.datasets.due_drops import DueDrop
from stagecraft.development import API_TOKEN
from stagecraft.environment import DEVELOPMENT
from stagecraft.setup.demo import load_demo
from stagecraft.setup.lock import StillLocked, held

LOCK_SECONDS = 60


class Command(BaseCommand):
    help = (
        "Makes the database ready: its tables, outside production the development API user, in development "
        "the demo and an administrator of the admin site. Does nothing when nothing is to do; several at once wait "
        "for each other."
    )
    # Else Django's own checks would open the database before its folder is there.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        database = settings.ENVIRONMENT.database
        try:
            with _alone(database):
                done = [*_migrate(), *_drop(), *_seed()]
                call_command("clearsessions")
                password = _first_password()
        except (OSError, DatabaseError, StillLocked) as error:
            raise CommandError(f"can't make {database} ready: {' '.join(str(error).split())}") from None
        except ValidationError as invalid:
            raise CommandError(
                f"what development needs doesn't fit what is there: {in_a_line(invalid)}"
            ) from None
        self.stdout.write(f"Stagecraft is ready: {', '.join(done) or 'nothing was to do'} ({database})")
        if password:
            name = first_administrator.NAME
            self.stdout.write(
                f"The admin site's first administrator is {name}, password {password} (shown this once)"
            )


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """One process at a time, whichever machine it is on when the database is a server."""
    if isinstance(database, SqliteDatabase):
        database.path.parent.mkdir(parents=True, exist_ok=True)
        with held(_lock_file(database.path), LOCK_SECONDS):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = %s", [f"{LOCK_SECONDS}s"])
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_OF_PREPARING])
    # The lock is the connection's: it goes with it, however this process ends.
    yield
    connection.close()


def _lock_file(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _migrate() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return []
    # Django notes a migration as done after the commit of it: who was killed in between left its tables only.
    call_command("migrate", verbosity=0, interactive=False, fake_initial=True)
    return [f"{len(plan)} migrations applied"]


def _drop() -> list[str]:
    """What deletions have left to be dropped in Backdrop, if that answers: when all start it often doesn't yet."""
    due = DueDrop.objects.count()
    if not due:
        return []
    drop_at_a_start()
    return [f"{due - DueDrop.objects.count()} of {due} deleted data sets dropped once more in Backdrop"]


def _seed() -> list[str]:
    done = []
    if not settings.ENVIRONMENT.is_production and not _has_development_user():
        ApiUser.create("development", ADMIN, API_TOKEN)
        done.append("development API user made")
    if settings.ENVIRONMENT.name == DEVELOPMENT and load_demo():
        done.append("demo loaded")
    return done


def _first_password() -> str | None:
    if settings.ENVIRONMENT.name != DEVELOPMENT:
        return None
    return first_administrator.make_first_administrator()


def _has_development_user() -> bool:
    return ApiUser.objects.filter(token_hash=token_hash(API_TOKEN)).exists()
