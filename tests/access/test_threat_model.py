"""Every test that the threat model names is there."""

import re

from tools.files import ROOT


def test_every_answer_is_shown_by_a_test_that_exists():
    told = (ROOT / "THREAT_MODEL.md").read_text("utf-8")
    file, seen = "", 0
    for name in re.findall(r"`((?:tests/[\w/.]+)?(?:::)?(?:test_\w+)?)`", told):
        if not name:
            continue
        path, _, test = name.partition("::")
        file = path or file
        assert (ROOT / file).exists(), name
        if test:
            assert f"def {test}(" in (ROOT / file).read_text("utf-8"), name
            seen += 1
    assert seen > 25
