"""The product's own settings, in a home folder of the test run's own."""

import atexit
import os
import shutil
import tempfile

os.environ["COMMONWEAL_HOME"] = tempfile.mkdtemp(prefix="commonweal-tests-")
atexit.register(shutil.rmtree, os.environ["COMMONWEAL_HOME"], ignore_errors=True)
os.environ.pop("COLUMNS", None)  # the suite's workers find 80 there, and consoles would keep it

from commonweal.settings import *  # noqa: E402, F403 - the variable is read here

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405 - WhiteNoise warns where it is absent
