"""Settings of the workers that tests start and kill: the product's database, few applications."""

from commonweal.settings import *  # noqa: F403

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "commonweal.lake",
    "commonweal.kernel.records",
    "commonweal.kernel.org",
    "commonweal.kernel.accounts",
    "commonweal.kernel.jobs",
]
ROOT_URLCONF = "tests.kernel.jobs.process_settings"
urlpatterns = []
MIDDLEWARE = []
TEMPLATES = []
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
