"""Fixtures that every test may use, and what happens where the machine lacks a program."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from django.utils import translation

# How long an example takes depends on who else uses the machine.
# the same examples in every run of continuous integration; new ones on a developer's machine
hypothesis.settings.register_profile("commonweal", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("commonweal")

# A test marked so drives the program; all of a kind run in one worker and share what it started.
PROGRAMS = {
    "broker": ("mosquitto", "/usr/sbin/mosquitto"),
    "browser": ("chromium", "/usr/bin/chromium"),
    "cluster": ("java", "/usr/bin/java"),
    "postgres": ("initdb", "/usr/lib/postgresql/*/bin/initdb"),
}


def pytest_addoption(parser):
    """Let golden files be written anew."""
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


def programs(item):
    """The kinds of programs that a test drives."""
    return [kind for kind in PROGRAMS if item.get_closest_marker(kind)]


@pytest.hookimpl(tryfirst=True)  # before the workers read the groups
def pytest_collection_modifyitems(items):
    """Keep the tests of one heavy program together under ``--dist=loadgroup``."""
    for item in items:
        for kind in programs(item):
            item.add_marker(pytest.mark.xdist_group(kind))


def pytest_runtest_setup(item):
    """Skip, with the reason, what needs a program that is not here."""
    for name, place in (PROGRAMS[kind] for kind in programs(item)):
        if not (shutil.which(name) or any(Path("/").glob(place[1:]))):
            pytest.skip(f"{name} is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In continuous integration the programs are declared, so a skip for want of one fails."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and programs(item):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} may not be skipped here: {call.excinfo.value}"
    return report


SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def shared_data():
    """The folder of real development data; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip(f"the development data is not at {SHARED}")
    return SHARED


@pytest.fixture
def now():
    """One instant for a whole test: use-cases take the clock as an argument."""
    return datetime(2025, 3, 18, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_language():
    """Every test begins in the default language: a page leaves its reader's behind."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def lake_root(tmp_path, settings):
    """Every test has a lake of its own."""
    settings.LAKE_ROOT = tmp_path / "lake"
    return settings.LAKE_ROOT
