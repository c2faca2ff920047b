"""`python -m stagecraft <command>`: Django's commands and our own (`prepare`, `create_api_user`, ...)."""

import os
import sys

from django.core.management import execute_from_command_line

from stagecraft.environment import BadEnvironment, load_environment


def main() -> None:
    """Run one command; a bad environment ends it with one line instead of a stack trace."""
    try:
        load_environment()
    except BadEnvironment as error:
        sys.exit(f"stagecraft: {error}")
    os.environ["DJANGO_SETTINGS_MODULE"] = "stagecraft.settings"
    execute_from_command_line(["stagecraft", *sys.argv[1:]])


if __name__ == "__main__":
    main()
