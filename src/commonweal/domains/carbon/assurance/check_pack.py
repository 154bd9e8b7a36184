"""Check an evidence pack offline: hashes, signatures, proofs, the draw, the sums, the events.

    python3 check.py PACK.zip [--key PUBLIC_KEY_HEX]

Needs Python 3.9 or later and nothing else: in a pack the one import below stands written out. Give
the key that the operator published: without it the pack only agrees with itself.
Prints every fault with the file it is in; ends with 0 if there is none, else with 1.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import sys
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

from commonweal.engines.proving import climbed, signature_holds

EPOCH = (1980, 1, 1, 0, 0, 0)


def faults(content: bytes, key: str = "") -> list[str]:
    """Return what is wrong with a pack, each with its file; empty if all holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, KeyError, OSError, EOFError, RuntimeError,
            NotImplementedError, UnicodeError) as fault:  # fmt: skip
        return [f"archive: cannot be read: {fault}"]
    told = _manifest(files, key)
    if not told and archive_of(files) != content:
        told.append("archive: the bytes around the files are not those that it was written with")
    if told:
        return told
    for step in (_checkpoint, _proofs, _formulas, _units, _draw, _items, _evidence, _events):
        try:
            told += step(files)
        except (KeyError, ValueError, TypeError, IndexError) as fault:
            told.append(f"{step.__name__[1:]}: cannot be followed: {fault!r}")
    return told


def archive_of(files: dict[str, bytes]) -> bytes:
    """Return the one ZIP that holds these files: sorted, stored, without times or owners."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return target.getvalue()


def _manifest(files: dict[str, bytes], key: str) -> list[str]:
    for name in ("manifest.json", "signature.json"):
        if name not in files:
            return [f"{name}: is missing"]
    try:
        signature = json.loads(files["signature.json"])
        manifest = json.loads(files["manifest.json"])
        signed_by, mark = signature["key"], bytes.fromhex(signature["signature"])
        named = dict(manifest["files"])
    except (ValueError, KeyError, TypeError) as fault:
        return [f"manifest.json or signature.json: cannot be read: {fault}"]
    told = []
    if files["signature.json"] != spelled(signature) + b"\n" or set(signature) != {
        "key", "signature"}:  # fmt: skip
        told.append("signature.json: is not spelled as it was written")
    if key and key.lower() != signed_by:
        told.append(f"signature.json: signed with {signed_by}, not with the key given")
    if not signature_holds(bytes.fromhex(signed_by), files["manifest.json"], mark):
        told.append("manifest.json: is not what was signed, or signature.json was changed")
    told += [f"{name}: is missing" for name in sorted(set(named) - set(files))]
    for name in sorted(set(files) - {"manifest.json", "signature.json"}):
        if name not in named:
            told.append(f"{name}: is not in the manifest")
        elif hashlib.sha256(files[name]).hexdigest() != named[name]:
            told.append(f"{name}: its SHA-256 is not that of the manifest")
    return told


def _checkpoint(files: dict[str, bytes]) -> list[str]:
    point = json.loads(files["checkpoint.json"])
    mark, key = bytes.fromhex(point.pop("signature")), point.pop("key")
    if key != json.loads(files["signature.json"])["key"]:
        return ["checkpoint.json: signed with another key than the pack"]
    if not signature_holds(bytes.fromhex(key), spelled(point), mark):
        return ["checkpoint.json: its signature does not hold"]
    return []


def _proofs(files: dict[str, bytes]) -> list[str]:
    point, told = json.loads(files["checkpoint.json"]), []
    for name, proof in _all_proofs(files).items():
        leaf = json.loads(proof["leaf"])
        if leaf["batch_sha256"] != hashlib.sha256(proof["batch"].encode()).hexdigest():
            told.append(f"{name}: the batch is not the one that the fact names")
        if leaf["leaf_index"] != proof["leaf_index"]:
            told.append(f"{name}: the fact is not leaf {proof['leaf_index']}")
        if (proof["tree_size"], proof["root_hash"]) != (point["tree_size"], point["root_hash"]):
            told.append(f"{name}: leads to another root than the checkpoint's")
        path = [bytes.fromhex(step) for step in proof["path"]]
        start = hashlib.sha256(b"\0" + proof["leaf"].encode()).digest()
        if climbed(start, proof["leaf_index"], proof["tree_size"], path) != proof["root_hash"]:
            told.append(f"{name}: its path does not lead to the root")
    return told


def _formulas(files: dict[str, bytes]) -> list[str]:
    """Add the inputs of each fact up that is a plain sum of others, and lines of the rest."""
    told = []
    for name, proof in _all_proofs(files).items():
        leaf = json.loads(proof["leaf"])
        value, lineage = leaf["value"], leaf["lineage"]
        if value is None:
            continue
        room = 2 * 10.0 ** -min(leaf["decimals"] + 4, 9)
        if lineage.get("lines") and all("contribution" in line for line in lineage["lines"]):
            parts = [float(line["contribution"]) for line in lineage["lines"]]
        elif set(lineage.get("formula", "-").replace("+", " ").split()) == {
            item["name"] for item in lineage.get("inputs", ())
        } and all(item["unit"] == leaf["unit"] for item in lineage["inputs"]):
            parts = [float(item["value"]) for item in lineage["inputs"] if item["value"]]
        else:
            continue
        if abs(math.fsum(parts) - float(value)) > room + 1e-12 * abs(float(value)):
            told.append(f"{name}: {value} is not the sum of its parts, {math.fsum(parts)}")
    return told


def _units(files: dict[str, bytes]) -> list[str]:
    about = json.loads(files["engagement.json"])
    total = math.fsum(float(row["amount"]) for row in _table(files, "population.csv"))
    stated = float(about["total"]) - float(about["unexplained"])
    if abs(total - stated) > 1e-6 * max(1.0, abs(stated)):
        return [f"population.csv: the units add up to {total}, not to {stated}"]
    return []


def _draw(files: dict[str, bytes]) -> list[str]:
    """Draw the sample again from the seed: monetary units, and strata by indicator."""
    about, units = json.loads(files["engagement.json"]), _table(files, "population.csv")
    seed, interval = about["seed"], float(about["interval"])
    size = {row["key"]: abs(float(row["amount"])) for row in units}
    certain = {key for key, amount in size.items() if amount >= interval}
    order = sorted((key for key in size if key not in certain), key=lambda key: _rank(seed, key))
    drawn: set[str] = set()
    if about["method"] == "stratified":
        strata: dict[str, list[str]] = {}
        for key in order:
            if size[key] > 0:
                strata.setdefault(key.split("|")[0], []).append(key)
        for keys in strata.values():
            amount = math.fsum(size[key] for key in keys)
            drawn.update(keys[: max(1, math.ceil(amount / interval))])
    else:
        start = interval * float(Fraction(_rank(seed, "start"), 1 << 256))
        reached, point = 0.0, 0
        for key in order:
            reached += size[key]
            while start + point * interval < reached:
                drawn.add(key)
                point += 1
    found = {row["key"] for row in _table(files, "sample.csv")}
    if found != drawn | certain:
        odd = sorted(found ^ (drawn | certain))
        return [f"sample.csv: the seed does not draw this sample; differs in {odd[:3]}"]
    return []


def _rank(seed: str, key: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{key}".encode()).digest(), "big")


def _items(files: dict[str, bytes]) -> list[str]:
    """Multiply and add each item's lines again, with the factors of the list."""
    told, factors = [], json.loads(files["factors.json"])
    for row in _table(files, "sample.csv"):
        name = f"items/{row['code']}/lines.json"
        lines = json.loads(files[name])
        total = math.fsum(
            line["quantity"] * line["factor_value"] * line["scale"] * line["share"]
            for line in lines
        )
        told += [
            f"{name}: {line['factor']} has another value in factors.json"
            for line in lines
            if line["factor"] and float(factors[line["factor"]]["value"]) != line["factor_value"]
        ]
        amount = total * float(row["scale"])
        if abs(amount - float(row["recomputed"])) > 2e-6 + 1e-9 * abs(amount):
            told.append(f"{name}: the lines give {amount}, sample.csv {row['recomputed']}")
        fact = json.loads(json.loads(files[f"items/{row['code']}/proof.json"])["leaf"])
        if f"{fact['indicator']}|{fact['node']}" != row["key"].rpartition("|")[0]:
            told.append(f"items/{row['code']}/proof.json: proves another fact than {row['key']}")
        own = (float(fact["value"]) - float(row["below"])) * float(row["scale"])
        if abs(own - float(row["stated"])) > 2e-6 + 1e-9 * abs(own):
            told.append(
                f"items/{row['code']}/proof.json: the fact gives {own}, not {row['stated']}"
            )
        if abs(float(row["stated"]) - float(row["recomputed"]) - float(row["difference"])) > (
            float(row["tolerance"]) + 2e-6
        ):
            told.append(f"sample.csv: the difference of {row['code']} is not as stated")
    return told


def _evidence(files: dict[str, bytes]) -> list[str]:
    told = []
    for row in json.loads(files["evidence.json"]):
        name = f"evidence/{row['sha256']}"
        if hashlib.sha256(files.get(name, b"")).hexdigest() != row["sha256"]:
            told.append(f"{name}: is not the file {row['name']} of {row['record']}")
    return told


def _events(files: dict[str, bytes]) -> list[str]:
    """Hash each event again; one that names the event before it in the extract must fit it."""
    told: list[str] = []
    hashes: dict[int, str] = {}
    for event in json.loads(files["events.json"]):
        told_fields = {name: event[name] for name in (
            "sequence", "record_type", "record_key", "action", "actor", "happened_at", "content",
        )}  # fmt: skip
        head = f"{event['previous_hash']}\n{event['record_previous_hash']}\n".encode()
        if hashlib.sha256(head + spelled(told_fields)).hexdigest() != event["hash"]:
            told.append(f"events.json: event {event['sequence']} does not have its hash")
        before = hashes.get(event["sequence"] - 1)
        if before is not None and before != event["previous_hash"]:
            told.append(f"events.json: event {event['sequence']} does not follow the one before")
        hashes[event["sequence"]] = event["hash"]
    point = json.loads(files["checkpoint.json"])
    newest = hashes.get(point["n_events"] - 1)
    if newest is not None and newest != point["event_hash"]:
        told.append("events.json: the newest event is not that of the checkpoint")
    return told


def _all_proofs(files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    names = [n for n in files if n.endswith("proof.json") or n.startswith("facts/")]
    return {name: json.loads(files[name]) for name in sorted(names)}


def _table(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode())))


def spelled(document: object) -> bytes:
    """Return the canonical bytes of a JSON document."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def main(words: list[str]) -> int:
    """Check the pack that is named; print every fault."""
    if not words or words[0].startswith("-"):
        print(__doc__)  # noqa: T201
        return 2
    key = words[words.index("--key") + 1] if "--key" in words else ""
    told = faults(Path(words[0]).read_bytes(), key)
    for line in told:
        print(line)  # noqa: T201
    print(f"{len(told)} faults" if told else "the pack holds")  # noqa: T201
    if not key and not told:
        print("give --key to be sure whose it is")  # noqa: T201
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
