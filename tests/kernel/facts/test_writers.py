"""Writers of several processes wait for one another; the logs stay whole."""

import pytest
from django.db.transaction import TransactionManagementError
from tests.kernel.facts.writers import write_at_once

from commonweal.kernel.records.locks import log_lock


def test_writers_at_once_leave_one_log(tmp_path):
    report = write_at_once(tmp_path)

    assert report == {"holds": True, "n_facts": 120, "n_events": 60, "faults": []}


@pytest.mark.django_db(transaction=True)
def test_a_log_is_not_written_outside_a_transaction():
    with pytest.raises(TransactionManagementError, match="inside a transaction only"):
        log_lock()
