"""One small operator, generated once for all tests of the demo."""

import csv
import json

import pytest

from commonweal.demo.files import files_write
from commonweal.demo.streams import Options
from commonweal.demo.world import world

SMALL = Options(sites=60, hourly_meters=10)


@pytest.fixture(scope="session")
def small():
    return world(SMALL)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo")
    files_write(SMALL, path)
    return path


@pytest.fixture(scope="session")
def planted(folder):
    return json.loads((folder / "planted.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def truth(folder):
    return json.loads((folder / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def table(folder):
    """Read one of the demo's CSV files as a list of rows."""

    def read(name):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read
