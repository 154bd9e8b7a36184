"""Rows of spans come in one order, whatever files and order they were sent in."""

from datetime import date

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.kernel.compute.activities import ActivityRequest
from commonweal.kernel.compute.evaluation import evaluate
from commonweal.kernel.compute.spans import span_rows
from commonweal.periods import period
from tests.kernel.compute.conftest import THEN

HEADER = "site_id,carrier,start_date,end_date,quantity,unit"
# One amount so large that each small one is lost when added to it, but not all of them together.
TONNES = ["1000000000" if day == 7 else "0.00000005" for day in range(1, 13)]
FUEL = [
    f"S-GD,diesel,2024-01-{day:02},2024-01-{day + 1:02},{tonnes},t"
    for day, tonnes in enumerate(TONNES, start=1)
]
YEAR = period("2024")


def sent(operator, order, n_files):
    """Send the rows in an order and dealt to files, evaluate, and forget all of it."""
    with transaction.atomic():
        for part in range(n_files):
            operator.send("fuel_use", HEADER, *(FUEL[i] for i in order[part::n_files]))
        rows, _ = span_rows("fuel_use", "site_id, quantity", ActivityRequest(YEAR.months))
        done = evaluate([YEAR], boundary="operational", snapshot=THEN)
        transaction.set_rollback(True)
    return rows, {name: values.value.tobytes() for name, values in done.values.items()}


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations(range(len(FUEL))), n_files=st.integers(1, 4))
def test_the_order_of_rows_and_files_changes_no_bit(operator, order, n_files):
    rows, values = sent(operator, order, n_files)
    assert rows["start_date"].to_pylist() == [date(2024, 1, day) for day in range(1, 13)]
    assert values == sent(operator, range(len(FUEL)), 1)[1]
