"""Proofs as documents: all that is needed to check them lies inside, no database is asked."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from commonweal.engines.merkle import consistency_holds, inclusion_holds, leaf_hash
from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM: Final = "commonweal proof 1"


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That a fact is in the log."""

    leaf: str
    """The fact's meaning in canonical JSON; its RFC 6962 leaf hash begins the path."""
    batch: str
    """What the facts of its batch have in common, in canonical JSON; the leaf has its SHA-256."""
    leaf_index: int
    tree_size: int
    root_hash: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """That the log of ``new_size`` leaves begins with all of the log of ``old_size`` leaves."""

    old_size: int
    old_root_hash: str
    new_size: int
    new_root_hash: str
    path: tuple[str, ...]


Proof = InclusionProof | ConsistencyProof
_KINDS: Final[dict[str, type[Proof]]] = {
    "inclusion": InclusionProof,
    "consistency": ConsistencyProof,
}


def proof_fault(proof: Proof) -> str:
    """Return why a proof does not hold; empty if it holds.

    Raises:
        InputError: A hash in it is no hexadecimal text.
    """
    path = [_bytes(step) for step in proof.path]
    if isinstance(proof, ConsistencyProof):
        heads = _bytes(proof.old_root_hash), _bytes(proof.new_root_hash)
        if consistency_holds(proof.old_size, proof.new_size, *heads, path):
            return ""
        return f"the log of {proof.new_size} leaves does not extend that of {proof.old_size}"
    said = _object(proof.leaf)
    if said.get("batch_sha256") != sha256(proof.batch.encode()).hexdigest():
        return "the batch does not have the digest that the fact names"
    if said.get("leaf_index") != proof.leaf_index:
        return f"the fact is not leaf {proof.leaf_index}"
    leaf, root = leaf_hash(proof.leaf.encode()), _bytes(proof.root_hash)
    if not inclusion_holds(leaf, proof.leaf_index, proof.tree_size, path, root):
        return f"the path of {len(path)} hashes does not lead from the fact to the root"
    return ""


def proof_write(proof: Proof) -> dict[str, Any]:
    """Return a proof as a JSON object that ``proof_read`` reads back."""
    kind = next(name for name, form in _KINDS.items() if isinstance(proof, form))
    return {"form": _FORM, "proof": kind, **asdict(proof)}


def proof_read(text: str) -> Proof:
    """Read a proof.

    Raises:
        InputError: The text is no proof, lacks something, or has something of a wrong type.
    """
    document = _object(text)
    form = _KINDS.get(str(document.get("proof")))
    if document.get("form") != _FORM or form is None:
        raise InputError(f"the file is no proof in the form {_FORM!r}")
    given: dict[str, Any] = {}
    for part in fields(form):
        value = document.get(part.name)
        wanted = {"int": int, "str": str}.get(str(part.type), list)
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise InputError(f"{part.name} of the proof is {value!r}, not {wanted.__name__}")
        given[part.name] = tuple(map(str, value)) if isinstance(value, list) else value
    return form(**given)


def _object(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as fault:
        raise InputError(f"the proof is not JSON: {fault}") from fault
    if not isinstance(document, dict):
        raise InputError("the proof is no JSON object")
    return document


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as fault:
        raise InputError(f"{text!r} in the proof is no hash: {fault}") from fault
