"""Django settings, built from the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url

from commonweal.settings.config import config, secret_key

_package = Path(__file__).resolve().parent.parent

SECRET_KEY = secret_key()
DEBUG = config().debug
ALLOWED_HOSTS = list(config().allowed_hosts)
ROOT_URLCONF = "commonweal.web.urls"
WSGI_APPLICATION = "commonweal.web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A domain is a folder with a domain.toml: adding one adds its tables, datasets, menu and tests.
DOMAINS = sorted(path.parent.name for path in (_package / "domains").glob("*/domain.toml"))
# A programme is a folder with a programme.toml inside a domain's.
PROGRAMMES = sorted(
    ".".join(path.parts[-3:-1]) for path in (_package / "domains").glob("*/*/programme.toml")
)

INSTALLED_APPS = [
    "commonweal.web",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "commonweal.lake",
    "commonweal.kernel.records",
    "commonweal.kernel.org",
    "commonweal.kernel.facts",
    "commonweal.kernel.targets",
    "commonweal.kernel.ledger",
    "commonweal.kernel.accounts",
    "commonweal.kernel.compute",
    "commonweal.kernel.disclosure",
    "commonweal.kernel.programmes",
    *(f"commonweal.domains.{name}" for name in (*DOMAINS, *PROGRAMMES)),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "commonweal.web.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": dj_database_url.parse(config().database_url, conn_max_age=600)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets readers go on while one writes; IMMEDIATE takes the write lock at the start of a
    # transaction, so that two writers wait for one another instead of failing half-way. FULL: a
    # committed manifest entry survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "PRAGMA mmap_size=268435456;",
    }

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"

HOME = config().home.resolve()
LAKE_ROOT = config().lake_root
QUERY_ENGINE = config().query_engine
QUERY_MEMORY_MB = config().memory_limit_mb
OPEN_LICENCE = config().open_licence

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"  # an operator names its own

LANGUAGE_CODE = "en"
LANGUAGES = [("zh-hant", "繁體中文"), ("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [_package / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # the business calendar; storage is UTC

STATIC_URL = "static/"
STATIC_ROOT = config().home.resolve() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
