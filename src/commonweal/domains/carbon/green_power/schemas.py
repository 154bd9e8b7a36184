"""Generation by the hour, as plants or exchanges tell it."""

from commonweal.kernel.programmes.datasets import dataset_declare

GENERATION_HOURLY = dataset_declare(__file__, "generation_hourly", rules=())
