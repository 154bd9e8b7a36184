"""Facts are only ever appended; a fact may be closed once by the one that supersedes it."""

from django.db import migrations

from commonweal.kernel.records.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("facts", "0001_initial")]
    operations = [
        AppendOnly("Batch"),
        AppendOnly("Fact", closing="superseded_at"),
        AppendOnly("LogChunk"),
    ]
