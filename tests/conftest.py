"""Fixtures that every test may use."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

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
def lake_root(tmp_path, settings):
    """Every test has a lake of its own."""
    settings.LAKE_ROOT = tmp_path / "lake"
    return settings.LAKE_ROOT
