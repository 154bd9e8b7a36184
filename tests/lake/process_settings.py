"""Settings of the processes that tests start and kill: the product's database, the lake alone."""

from commonweal.settings import *  # noqa: F403

INSTALLED_APPS = ["commonweal.lake"]
ROOT_URLCONF = "tests.lake.process_settings"
urlpatterns = []
MIDDLEWARE = []
TEMPLATES = []
