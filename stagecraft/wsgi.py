"""The WSGI callable: `gunicorn stagecraft.wsgi:application`."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from stagecraft.environment import BadEnvironment, load_environment

# gunicorn's own code for "the application did not load": it then stops, instead of starting
# a worker that can't live again and again.
APP_LOAD_ERROR = 4

try:
    load_environment()
except BadEnvironment as error:
    print(f"stagecraft: {error}", file=sys.stderr, flush=True)
    sys.exit(APP_LOAD_ERROR)

os.environ["DJANGO_SETTINGS_MODULE"] = "stagecraft.settings"
application = get_wsgi_application()
