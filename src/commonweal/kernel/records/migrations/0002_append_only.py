"""The event log is only ever appended to."""

from django.db import migrations

from commonweal.kernel.records.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [AppendOnly("Event")]
