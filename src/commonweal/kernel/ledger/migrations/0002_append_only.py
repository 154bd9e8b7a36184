"""Assets, accounts, transfers and refusals are only ever appended to."""

from django.db import migrations

from commonweal.kernel.records.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [AppendOnly(model) for model in ("Asset", "Account", "Transfer", "Refusal")]
