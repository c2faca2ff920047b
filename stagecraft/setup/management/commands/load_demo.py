"""`python -m stagecraft load_demo`"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from stagecraft.api.failures import in_a_line
from stagecraft.setup.demo import load_demo


class Command(BaseCommand):
    help = "Makes the demo's data sets and transform, as far as they aren't there. Never in production."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.ENVIRONMENT.is_production:
            raise CommandError("the demo's tokens are public, so it isn't loaded with ENVIRONMENT=production")
        try:
            made = load_demo()
        except ValidationError as invalid:
            raise CommandError(f"the demo doesn't fit what is there: {in_a_line(invalid)}") from None
        self.stdout.write(f"Demo loaded: {made} new." if made else "The demo is there already.")
