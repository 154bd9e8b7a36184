"""Every dependency has a reason, and the locks hold all of them alike."""

import re
import tomllib
from itertools import chain

import pytest
from tools.files import ROOT

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", flags=re.MULTILINE)
REQUIREMENT = re.compile(r'^    "([^"]+)",(.*)$', flags=re.MULTILINE)
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"]
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")


def pins(name):
    found = dict(PIN.findall((ROOT / name).read_text("utf-8")))
    assert len(found) >= 1
    return found


def declared(lock):
    """Names that a lock must hold."""
    project = tomllib.loads(PROJECT)
    wanted = list(project["project"]["dependencies"])
    if lock == "requirements-dev.lock":
        wanted += project["dependency-groups"]["dev"]
        wanted += chain(*project["project"]["optional-dependencies"].values())
    # Users install the thin Spark client, the tests the whole of Spark, which holds the client.
    return {re.match(r"[a-z0-9-]+", requirement)[0] for requirement in wanted} - {"pyspark-client"}


def test_every_dependency_says_why():
    requirements = [
        line
        for line in REQUIREMENT.findall(PROJECT)
        if re.match(r"[a-z][\w.,\[\]-]*[<>=]", line[0])
    ]
    assert len(requirements) > 30
    assert [name for name, comment in requirements if not comment.strip().startswith("# ")] == []


def test_the_development_lock_holds_the_runtime_lock_pin_for_pin():
    runtime, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: dev.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("lock", LOCKS[:2])
def test_a_lock_holds_every_declared_dependency(lock):
    assert declared(lock) - set(pins(lock)) == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock):
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text("utf-8"))
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
