"""Worlds to act in; each closes its journal."""

import pytest

from tests.domains.radio.acting.world import World


@pytest.fixture
def world_of(tmp_path):
    """Make worlds, by the arguments of ``World``."""
    made = []

    def make(**arguments):
        made.append(World(tmp_path, **arguments))
        return made[-1]

    yield make
    for each in made:
        each.close()
