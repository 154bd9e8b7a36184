"""The table in which all processes count what is limited."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_tokens")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
