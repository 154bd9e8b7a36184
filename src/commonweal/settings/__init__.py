"""Django settings, built from the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url

from commonweal.settings.config import config, secret_key
from commonweal.settings.logs import logging_settings
from commonweal.settings.mail import *  # noqa: F403 - each name of it is a setting
from commonweal.settings.people import *  # noqa: F403 - each name of it is a setting
from commonweal.settings.people import INSTALLED as _SIGN_IN

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
    *_SIGN_IN,
    "commonweal.lake",
    "commonweal.kernel.records",
    "commonweal.kernel.org",
    "commonweal.kernel.facts",
    "commonweal.kernel.targets",
    "commonweal.kernel.ledger",
    "commonweal.kernel.accounts",
    "commonweal.kernel.jobs",
    "commonweal.kernel.operation",
    "commonweal.kernel.compute",
    "commonweal.kernel.disclosure",
    "commonweal.kernel.programmes",
    *(f"commonweal.domains.{name}" for name in (*DOMAINS, *PROGRAMMES)),
    "commonweal.kernel.webhooks",
    "commonweal.api",
]

MIDDLEWARE = [
    "commonweal.web.measuring.MeasuringMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "commonweal.web.security.ContentSecurityPolicyMiddleware",
    "commonweal.web.security.UploadLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "commonweal.web.access.AccessMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
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

HOME = config().home.resolve()
LAKE_ROOT = config().lake_root
QUERY_ENGINE = config().query_engine
QUERY_MEMORY_MB = config().memory_limit_mb
OPEN_LICENCE = config().open_licence
XBRL_BASE = config().xbrl_base
METRICS_TOKEN = config().metrics_token
PROXIES = config().proxies
LOGGING = logging_settings(debug=DEBUG)
SINGLE_SIGN_ON = config().sso
MFA_REQUIRED_FOR = frozenset(config().mfa_required_for)
READS_KEPT_DAYS = config().reads_kept_days
UPLOAD_LIMIT_BYTES = config().upload_limit_mb * 1_000_000
API_REQUESTS_PER_MINUTE = config().api_requests_per_minute
API_INGESTS_AT_ONCE = config().api_ingests_at_once
API_INGEST_LIMIT_BYTES = config().api_ingest_limit_mb * 1_000_000
WEBHOOK_ALLOW = config().webhook_allow

LANGUAGE_CODE = config().language
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
