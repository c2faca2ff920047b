"""`python -m stagecraft create_api_user NAME --role ROLE`"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from stagecraft.api.failures import in_a_line
from stagecraft.api_users.models import ApiUser
from stagecraft.api_users.roles import ROLES
from stagecraft.api_users.tokens import new_token


class Command(BaseCommand):
    help = "Creates an API user and prints its token, which is shown this once and kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the program is called, for example read-app")
        parser.add_argument("--role", choices=ROLES, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        token = new_token()
        try:
            ApiUser.create(options["name"], options["role"], token)
        except ValidationError as invalid:
            raise CommandError(f"{options['name']!r}: {in_a_line(invalid)}") from None
        except DatabaseError as error:
            trouble = str(error).partition("\n")[0]
            raise CommandError(
                f"the database can't be used ({trouble}); has `python -m stagecraft prepare` been run for it?"
            ) from None
        # The token alone goes to standard output, so that a script can take it from there.
        self.stderr.write(f"API user {options['name']} ({options['role']}) created. Its token, shown once:")
        self.stdout.write(token)
