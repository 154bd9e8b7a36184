"""What is bought, travelled and used: measurements, because a year has millions of them."""

from commonweal.kernel.programmes.datasets import dataset_declare
from commonweal.lake.rules import SPAN_ORDERED, SPAN_WITHIN_A_YEAR

PURCHASES = dataset_declare(__file__, "purchases", rules=())
TRAVEL = dataset_declare(__file__, "travel", rules=(SPAN_ORDERED, SPAN_WITHIN_A_YEAR))
ASSETS_USED = dataset_declare(__file__, "assets_used", rules=(SPAN_ORDERED, SPAN_WITHIN_A_YEAR))
