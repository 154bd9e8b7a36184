"""Whether every change of a model has its migration."""

from __future__ import annotations

import os
import sys
import tempfile

import django
from django.core.management import call_command


def main() -> int:
    """Fail, with what is missing, if a model and its migrations differ."""
    with tempfile.TemporaryDirectory(prefix="commonweal-check-") as home:
        os.environ["COMMONWEAL_HOME"] = home  # a check leaves nothing behind
        os.environ["DJANGO_SETTINGS_MODULE"] = "commonweal.settings"
        django.setup()
        call_command("makemigrations", check_changes=True, dry_run=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
