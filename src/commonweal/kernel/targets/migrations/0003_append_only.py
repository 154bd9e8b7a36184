"""Base values are only ever appended to."""

from django.db import migrations

from commonweal.kernel.records.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("targets", "0002_paths_and_bases")]
    operations = [AppendOnly("BaseValue")]
