"""The evidence pack: the same bytes again, checked offline, and any change found and named."""

import hashlib
import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from commonweal.domains.carbon.assurance import check_pack
from commonweal.domains.carbon.assurance.check_pack import archive_of, faults
from commonweal.domains.carbon.assurance.pack import pack_build
from commonweal.engines.ed25519 import public_key, signature_of
from commonweal.errors import StateError
from commonweal.kernel.facts.offline import script_alone
from commonweal.kernel.facts.signing import secret_key, secret_path
from commonweal.kernel.programmes.services.attaching import attachment_add
from commonweal.kernel.records.canonical import spell
from tests.domains.carbon.assurance.conftest import GAO, NOW, act, opened

SECRET = bytes(range(32))
KEY = public_key(SECRET).hex()


_BUILT = []


@pytest.fixture
def pack(request, db):
    """The pack of an engagement with a checked item and a photograph; built once for all tests."""
    if not _BUILT:
        _BUILT.append(built(request.getfixturevalue("engagement")))
    return _BUILT[0]


def built(engagement):
    item = act(act(engagement.items.first(), "recompute"), "check")
    photo = io.BytesIO(b"a photograph of the meter's plate")
    attachment_add(item, photo, name="plate.jpg", scope=GAO, now=NOW, kind="photo")
    return pack_build(engagement, scope=GAO, secret=SECRET)


def unpacked(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_pack_holds_and_is_the_same_bytes_again(engagement):
    pack = built(engagement)
    assert faults(pack, KEY) == []
    assert pack_build(engagement, scope=GAO, secret=SECRET) == pack
    names = set(unpacked(pack))
    assert {"README.md", "check.py", "checkpoint.json", "sample.csv", "factors.json"} <= names
    code = engagement.items.first().code
    assert f"items/{code}/rows-electricity_bills.csv" in names or (
        f"items/{code}/rows-fuel_use.csv" in names
    )
    assert any(name.startswith("evidence/") for name in names)


def test_the_script_in_the_pack_checks_it_with_nothing_but_python(pack, tmp_path):
    (tmp_path / "pack.zip").write_bytes(pack)
    (tmp_path / "check.py").write_bytes(unpacked(pack)["check.py"])

    def check(*words):
        command = [sys.executable, "-I", "-S", "check.py", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = check("pack.zip", "--key", KEY)
    assert (done.returncode, done.stdout) == (0, "the pack holds\n"), done.stderr
    other = check("pack.zip", "--key", public_key(bytes(32)).hex())
    assert other.returncode == 1
    assert "not with the key given" in other.stdout
    assert check().returncode == 2


def test_no_byte_of_a_pack_can_be_flipped_unseen(pack):
    files = unpacked(pack)
    places = random.Random(7).sample(range(len(pack)), 250)  # noqa: S311 - places, no secret
    ends = [*range(40), *range(len(pack) - 40, len(pack))]
    for place in [*ends, *places]:
        wrong = bytearray(pack)
        wrong[place] ^= 1 << place % 8
        told = faults(bytes(wrong), KEY)
        assert told, f"byte {place} was flipped and nobody saw"
        assert all(":" in line for line in told)
    for name, content in files.items():
        if not content:
            continue
        wrong = bytearray(content)
        wrong[len(content) // 2] ^= 1
        told = faults(archive_of(files | {name: bytes(wrong)}), KEY)
        assert any(name in line for line in told), (name, told)
        without = {other: held for other, held in files.items() if other != name}
        assert any(name in line for line in faults(archive_of(without), KEY)), name
    assert faults(archive_of(files | {"more.txt": b"x"}), KEY) == [
        "more.txt: is not in the manifest"
    ]


def resigned(files):
    """The files as someone would sign them who has the key, but not the truth."""
    held = {n: c for n, c in files.items() if n not in {"manifest.json", "signature.json"}}
    named = {n: hashlib.sha256(c).hexdigest() for n, c in held.items()}
    manifest = json.dumps({"files": named}).encode()
    mark = {"key": KEY, "signature": signature_of(SECRET, manifest).hex()}
    return archive_of({**held, "manifest.json": manifest, "signature.json": spell(mark) + b"\n"})


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("engagement.json", b'"seed": "seed-1"', b'"seed": "seed-2"', "does not draw this sample"),
        ("engagement.json", b'"total": "', b'"total": "9', "the units add up to"),
        ("factors.json", b'"value": "0.', b'"value": "1.', "has another value in factors.json"),
        ("events.json", b'"action": "draw"', b'"action": "drew"', "does not have its hash"),
        ("evidence.json", b'"sha256": "', b'"sha256": "0', "is not the file plate.jpg"),
        ("checkpoint.json", b'"n_events": ', b'"n_events": 1', "its signature does not hold"),
        ("population.csv", b"scope2", b"scope3", "does not draw this sample"),
    ],
)
def test_a_pack_signed_anew_over_changed_words_is_found_out(pack, name, old, new, sentence):
    files = unpacked(pack)
    assert old in files[name]
    told = faults(resigned(files | {name: files[name].replace(old, new, 1)}), KEY)
    assert any(sentence in line for line in told), told


def test_a_fact_changed_under_its_proof_is_found_out(pack):
    files = unpacked(pack)
    name = next(n for n in files if n.startswith("facts/"))
    changed = files[name].replace(b'\\"value\\":\\"', b'\\"value\\":\\"1', 1)
    assert changed != files[name]
    told = faults(resigned(files | {name: changed}), KEY)
    assert any(f"{name}: its path does not lead to the root" in line for line in told), told


def test_lines_that_do_not_add_up_are_found_out(pack):
    files = unpacked(pack)
    name = next(n for n in files if n.endswith("lines.json"))
    changed = files[name].replace(b'"share": 1', b'"share": 2', 1)
    told = faults(resigned(files | {name: changed}), KEY)
    assert any(f"{name}: the lines give" in line for line in told), told


def test_what_is_no_pack_is_said_to_be_none(told):
    assert faults(b"PK no zip")[0].startswith("archive: cannot be read")
    assert faults(archive_of({"a": b""})) == ["manifest.json: is missing"]
    with pytest.raises(StateError, match="has no frozen total yet"):
        pack_build(opened(), scope=GAO, secret=SECRET)


def test_the_key_is_made_once_and_kept_from_others(settings):
    first = secret_key(random=lambda n: b"\x07" * n)
    assert secret_key() == first == b"\x07" * 32
    assert secret_path().stat().st_mode & 0o077 == 0
    secret_path().write_text("no key")
    with pytest.raises(StateError, match="holds no key of 32 bytes"):
        secret_key()


def test_the_script_needs_nothing_of_the_program():
    alone = script_alone(Path(check_pack.__file__)).decode()
    assert "commonweal" not in alone
    assert "def signature_holds" in alone
