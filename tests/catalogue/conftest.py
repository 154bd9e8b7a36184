"""An operator's own catalogue folder, to be filled by a test."""

import pytest

from commonweal.catalogue import load

NAMES = '{ zh-hant = "名", zh-hans = "名", en = "name" }'


@pytest.fixture(scope="session")
def ours():
    return load()


@pytest.fixture
def overlay(tmp_path):
    """A function that writes a definition file and returns the overlay folder."""

    def write(path, text):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return tmp_path

    return write


def entry(identifier, **changes):
    """Return the TOML of one indicator; a value given as None leaves its key out."""
    keys = {
        "id": f'"{identifier}"',
        "name": NAMES,
        "unit": '"tce"',
        "kind": '"flow"',
        "decimals": "2",
        "status": '"computed"',
        "source": '{ kind = "submission" }',
    } | changes
    lines = [f"{key} = {text}" for key, text in keys.items() if text is not None]
    return "\n".join(["[[indicators]]", *lines, ""])


def formula(text, *, example="", **inputs):
    """Return the ``source`` and ``examples`` of a formula indicator."""
    parts = ", ".join(
        f'{name} = {{ indicator = "{indicator}", unit = "{unit}" }}'
        for name, (indicator, unit) in inputs.items()
    )
    return {
        "source": f'{{ kind = "formula", formula = "{text}", inputs = {{ {parts} }} }}',
        "examples": f"[{example}]",
    }
