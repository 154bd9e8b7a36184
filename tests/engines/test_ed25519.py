"""Signatures: the published test vectors, and that one wrong bit is seen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.engines.ed25519 import public_key, signature_holds, signature_of
from commonweal.errors import InputError

# RFC 8032 §7.1, tests 1 to 3: secret, public, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_published_vectors_are_met(secret, public, message, signature):
    key, told = bytes.fromhex(secret), bytes.fromhex(message)
    assert public_key(key).hex() == public
    assert signature_of(key, told).hex() == signature
    assert signature_holds(bytes.fromhex(public), told, bytes.fromhex(signature))


@settings(max_examples=15)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40), st.integers(0, 511))
def test_one_wrong_bit_is_seen(secret, message, bit):
    key, signature = public_key(secret), signature_of(secret, message)
    assert signature_holds(key, message, signature)
    assert not signature_holds(key, message + b".", signature)
    wrong = bytearray(signature)
    wrong[bit // 8] ^= 1 << bit % 8
    assert not signature_holds(key, message, bytes(wrong))


def test_what_is_no_key_is_refused():
    assert not signature_holds(b"short", b"", bytes(64))
    assert not signature_holds(bytes.fromhex(VECTORS[0][1]), b"", b"\xff" * 64)
    with pytest.raises(InputError, match="32 bytes, this one 5"):
        public_key(b"short")
