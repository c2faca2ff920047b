"""Django's settings, all of them from the environment (see environment.py)."""

from stagecraft.environment import load_environment
from stagecraft.logs import logging_config

ENVIRONMENT = load_environment()

# Also in development: errors are JSON everywhere, and no page shows settings or variables.
DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key
# Nothing here reads the Host header: no links are built from it and there are no cookies.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "stagecraft.api_users",
    "stagecraft.datasets",
    "stagecraft.transforms",
    "stagecraft.dashboards",
    "stagecraft.setup",
]
MIDDLEWARE = [
    "stagecraft.api.request_log.request_log",
    "stagecraft.api.framing.framing",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
]
ROOT_URLCONF = "stagecraft.urls"
WSGI_APPLICATION = "stagecraft.wsgi.application"
APPEND_SLASH = False

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ENVIRONMENT.database,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            # A transaction takes the write lock when it begins: one that reads first and then
            # writes would else fail at once with "database is locked", whatever the time-out.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False

LOGGING = logging_config(ENVIRONMENT.log_level, readable=not ENVIRONMENT.is_production)
