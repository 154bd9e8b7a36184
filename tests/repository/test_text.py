"""No file of the repository names a place of one machine or a package registry."""

import re

import pytest
from tools.files import ROOT, tracked

# Put together here, so that this file itself names none of them.
REGISTRIES = [
    "".join(parts)
    for parts in (
        ("pypi", ".org"),
        ("files.python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("registry.yarn", "pkg.com"),
        ("repo1.maven", ".org"),
        ("conda.ana", "conda.org"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w.<>}$-])/(?:root|work|home)/\w")


def texts():
    """Every tracked file that is text, with its content."""
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT).as_posix(), content.decode("utf-8")


@pytest.mark.parametrize("registry", REGISTRIES)
def test_no_file_names_a_package_registry(registry):
    assert [name for name, text in texts() if registry in text] == []


def test_no_file_names_a_place_of_one_machine():
    found = [
        f"{name}: {match[0]}" for name, text in texts() for match in MACHINE_PATH.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize("place", ["see /" + "root/x", "(/" + "work/main)", "'/" + "home/me'"])
def test_the_pattern_finds_a_place_of_one_machine(place):
    assert MACHINE_PATH.search(place)


@pytest.mark.parametrize("text", ["<home>/catalogue", "https://example.org/work/x", "./work/x"])
def test_the_pattern_lets_relative_places_pass(text):
    assert not MACHINE_PATH.search(text)


def test_no_lock_file_with_addresses_is_kept():
    assert [path.name for path in tracked() if path.name in {"uv.lock", "poetry.lock"}] == []
