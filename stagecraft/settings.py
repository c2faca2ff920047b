"""Django's settings, all of them from the environment (see environment.py)."""

from stagecraft.environment import load_environment
from stagecraft.logs import logging_config

ENVIRONMENT = load_environment()

# Also in development: errors are JSON everywhere, and no page shows settings or variables.
DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key
# The names that people open the admin site under. The API doesn't look at the Host header: Backdrop and
# health checks may use any.
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)

INSTALLED_APPS = [
    # Before Django's own admin, whose templates it changes.
    "stagecraft.admin_site",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "stagecraft.history",
    "stagecraft.api_users",
    "stagecraft.datasets",
    "stagecraft.transforms",
    "stagecraft.dashboards",
    "stagecraft.setup",
]
MIDDLEWARE = [
    "stagecraft.api.request_log.request_log",
    "stagecraft.api.framing.framing",
    "stagecraft.api.conditions.conditional",
    # Before Django's own, which asks for the host too, and makes an error of one that it doesn't know.
    "stagecraft.admin_site.security.page_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "stagecraft.urls"
WSGI_APPLICATION = "stagecraft.wsgi.application"
APPEND_SLASH = False

DATABASES = {"default": ENVIRONMENT.database.settings()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False

# Served by Stagecraft itself, from where the packages have them: nothing is to be collected before a start.
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 300

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Cookies are for the admin site alone; programs that use the API never get one.
SESSION_COOKIE_NAME = "stagecraft_session"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/admin/"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.is_production
CSRF_COOKIE_NAME = "stagecraft_csrf"
CSRF_FAILURE_VIEW = "stagecraft.admin_site.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if ENVIRONMENT.is_production:
    # Browsers use the admin site by HTTPS alone. Backdrop's own apps may ask the API without, inside a network.
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(?!admin(/|$)|$)"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # The check that SECURE_HSTS_PRELOAD is on. With it every answer would agree to the whole domain, all its
    # other names with it, being put into the lists that browsers bring along, out of which it takes months to
    # get. That is for whoever owns the domain to decide, and to say at the proxy that ends TLS.
    SILENCED_SYSTEM_CHECKS = ["security.W021"]

LOGGING = logging_config(ENVIRONMENT.log_level, readable=not ENVIRONMENT.is_production)
