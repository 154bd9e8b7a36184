"""Check an edition's pack offline: hashes, signatures, files, facts and their proofs.

    python3 PACK.zip [--key PUBLIC_KEY_HEX]

Needs Python 3.9 or later and nothing else: in a pack the one import below stands written out. Give
the key that the operator published: without it the pack only agrees with itself.
Prints every fault with the file it is in; ends with 0 if there is none, else with 1.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

from commonweal.engines.proving import climbed, signature_holds

MOST_BYTES = 1 << 30


def faults(content: bytes, key: str = "") -> list[str]:
    """Return what is wrong with a pack, each with its file; empty if all holds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names):
                return ["archive: a file is in it twice"]
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                return ["archive: it would unfold to more than a pack holds"]
            files = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, ValueError, KeyError, OSError, EOFError, RuntimeError,
            NotImplementedError, UnicodeError) as fault:  # fmt: skip
        return [f"archive: cannot be read: {fault}"]
    told = []
    for step in (_manifest, _checkpoint, _files, _facts):
        try:
            told += step(files, key)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as fault:
            told.append(f"{step.__name__[1:]}: cannot be followed: {fault!r}")
        if told and step is _manifest:
            return told
    return told


def _manifest(files: dict[str, bytes], key: str) -> list[str]:
    signature = json.loads(files["signature.json"])
    named = json.loads(files["manifest.json"])["files"]
    told = []
    if key and key.lower() != signature["key"]:
        told.append(f"signature.json: signed with {signature['key']}, not with the key given")
    mark = bytes.fromhex(signature["signature"])
    if not signature_holds(bytes.fromhex(signature["key"]), files["manifest.json"], mark):
        told.append("manifest.json: is not what was signed, or signature.json was changed")
    told += [f"{name}: is missing" for name in sorted(set(named) - set(files))]
    for name in sorted(set(files) - {"manifest.json", "signature.json"}):
        if name not in named:
            told.append(f"{name}: is not in the manifest")
        elif hashlib.sha256(files[name]).hexdigest() != named[name]:
            told.append(f"{name}: its SHA-256 is not that of the manifest")
    return told


def _checkpoint(files: dict[str, bytes], _key: str) -> list[str]:
    point = json.loads(files["checkpoint.json"])
    mark, key = bytes.fromhex(point.pop("signature")), point.pop("key")
    if key != json.loads(files["signature.json"])["key"]:
        return ["checkpoint.json: signed with another key than the pack"]
    spelled = json.dumps(point, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if not signature_holds(bytes.fromhex(key), spelled, mark):
        return ["checkpoint.json: its signature does not hold"]
    return []


def _files(files: dict[str, bytes], _key: str) -> list[str]:
    digests = json.loads(files["edition.json"])["digests"]
    told = [f"edition.json: names no file {name}" for name in files
            if name.startswith("files/") and name[6:] not in digests]  # fmt: skip
    for name, digest in sorted(digests.items()):
        if hashlib.sha256(files[f"files/{name}"]).hexdigest() != digest:
            told.append(f"files/{name}: is not the file that the edition was frozen with")
    return told


def _facts(files: dict[str, bytes], _key: str) -> list[str]:
    """Follow each fact to the signed root, and compare them with those that were frozen."""
    about, point = json.loads(files["edition.json"]), json.loads(files["checkpoint.json"])
    told, leaves = [], hashlib.sha256()
    proofs = [json.loads(line) for line in files["proofs.jsonl"].splitlines()]
    for proof in proofs:
        place = f"proofs.jsonl: fact at leaf {proof['leaf_index']}"
        leaf, start = json.loads(proof["leaf"]), leaf_hash(proof["leaf"])
        leaves.update(start)
        if leaf["batch_sha256"] != hashlib.sha256(proof["batch"].encode()).hexdigest():
            told.append(f"{place}: the batch is not the one that the fact names")
        if leaf["leaf_index"] != proof["leaf_index"]:
            told.append(f"{place}: the fact is at another place")
        if (proof["tree_size"], proof["root_hash"]) != (point["tree_size"], point["root_hash"]):
            told.append(f"{place}: leads to another root than the checkpoint's")
        path = [bytes.fromhex(step) for step in proof["path"]]
        if climbed(start, proof["leaf_index"], proof["tree_size"], path) != proof["root_hash"]:
            told.append(f"{place}: its path does not lead to the root")
    if len(proofs) != about["n_facts"] or leaves.hexdigest() != about["facts_sha256"]:
        told.append("proofs.jsonl: the facts are not those that the edition was frozen with")
    return told


def leaf_hash(leaf: str) -> bytes:
    """Return the hash that a fact has in the log (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\0" + leaf.encode()).digest()


def main(arguments: list[str]) -> int:
    """Check the pack that this runs from, or the one that is named; print what is wrong."""
    key = ""
    if "--key" in arguments:
        place = arguments.index("--key")
        key = "".join(arguments[place + 1 : place + 2])
        del arguments[place : place + 2]
    own = Path(__file__).parent
    path = Path(arguments[0]) if arguments else own
    if not path.is_file():
        print(__doc__)  # noqa: T201 - a script of its own
        return 2
    told = faults(path.read_bytes(), key)
    for line in told:
        print(line)  # noqa: T201 - as above
    if not told:
        said = "the pack holds" + ("" if key else "; give --key to be sure whose it is")
        print(said)  # noqa: T201 - as above
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
