"""The product's own settings, in a home folder of the test run's own."""

import os
import tempfile

os.environ["COMMONWEAL_HOME"] = tempfile.mkdtemp(prefix="commonweal-tests-")

from commonweal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405 - WhiteNoise warns where it is absent
