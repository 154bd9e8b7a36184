"""Saved, restored, compared; cut off, altered, refused."""

import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
from contextlib import closing

import pytest

from tests.kernel.operation.conftest import ROOT, commonweal, environment


def rows(home, sql):
    with closing(sqlite3.connect(home / "commonweal.sqlite3")) as register:
        return register.execute(sql).fetchall()


def save(home, path, *more):
    status, said = commonweal(home, "backup", path, *more, "--json")
    assert status == 0, said
    return json.loads(said)


FIGURES = "SELECT indicator, node, start_date, value, leaf_hash FROM facts_fact ORDER BY id"
EVENTS = "SELECT sequence, hash FROM records_event ORDER BY sequence"


def test_what_is_restored_has_the_same_figures_logs_and_files(made_home, made_backup, tmp_path):
    home, (path, saved) = made_home, made_backup
    fresh = tmp_path / "fresh"

    status, said = commonweal(fresh, "restore", path, "--json")

    assert status == 0, said
    done = json.loads(said)
    assert done["checkpoint"]["root_hash"] == saved["checkpoint"]["root_hash"]
    assert done["n_facts"] == saved["checkpoint"]["tree_size"] > 100
    assert rows(fresh, FIGURES) == rows(home, FIGURES)
    assert rows(fresh, EVENTS) == rows(home, EVENTS)
    files = sorted(path.name for path in (home / "lake").glob("*/*/*.parquet"))
    assert sorted(path.name for path in (fresh / "lake").glob("*/*/*.parquet")) == files
    assert len(files) == done["n_lake_files"] == 2  # a month's rows, and what was refused
    assert (fresh / "traffic.csv").read_bytes() == (home / "traffic.csv").read_bytes()
    assert not (fresh / "restoring").exists()


def test_keys_are_saved_only_when_asked_for(made_home, made_backup, tmp_path):
    plain, keys = made_backup[0], tmp_path / "keys.tar"
    save(made_home, keys, "--keys")

    names = {}
    for path in (plain, keys):
        with tarfile.open(path) as tar:
            names[path] = set(tar.getnames())
    secrets = {"home/secret_key", "home/keys/checkpoints.ed25519"}
    assert names[keys] - names[plain] == secrets
    assert plain.stat().st_mode & 0o077 == 0


def test_a_full_home_is_refused_and_stays_as_it_was(home, made_backup):
    before = (home / "commonweal.sqlite3").read_bytes()

    status, said = commonweal(home, "restore", made_backup[0])

    assert status == 5
    assert "is not empty" in said
    assert (home / "commonweal.sqlite3").read_bytes() == before


def test_a_backup_is_not_written_over(made_home, tmp_path):
    (tmp_path / "saved.tar").write_text("something else", "utf-8")

    status, said = commonweal(made_home, "backup", tmp_path / "saved.tar")

    assert status == 3
    assert "is there already" in said
    assert (tmp_path / "saved.tar").read_text("utf-8") == "something else"


@pytest.mark.parametrize("fault", ["cut", "altered", "no tar"])
def test_a_damaged_backup_is_refused_and_leaves_nothing(made_backup, tmp_path, fault):
    path, fresh = tmp_path / "saved.tar", tmp_path / "fresh"
    content = bytearray(made_backup[0].read_bytes())
    if fault == "cut":
        content = content[: len(content) // 2]
    elif fault == "altered":
        at = content.index(b"PAR1") + 40
        content[at] ^= 1
    else:
        content = b"not a backup"
    path.write_bytes(content)

    status, said = commonweal(fresh, "restore", path)

    assert status == 3, said
    assert not list(fresh.rglob("*.sqlite3*"))
    assert not list(fresh.rglob("*.parquet"))


def test_a_register_that_was_tampered_with_before_it_was_saved_is_not_restored(home, tmp_path):
    with closing(sqlite3.connect(home / "commonweal.sqlite3")) as register:
        register.executescript(
            "DROP TRIGGER facts_fact_keep_update; UPDATE facts_fact SET value = '1' WHERE id = 3;"
        )
    save(home, tmp_path / "saved.tar")

    status, said = commonweal(tmp_path / "fresh", "restore", tmp_path / "saved.tar")

    assert status == 5, said
    assert "does not hold" in said
    assert not list((tmp_path / "fresh").rglob("*.sqlite3*"))


def killed(home, *words, when):
    """Start the program and kill it once something is to be seen."""
    process = subprocess.Popen(
        [sys.executable, "-m", "commonweal", *map(str, words)], env=environment(home), cwd=ROOT
    )
    with process:
        while process.poll() is None and not when():
            time.sleep(0.005)
        process.kill()
    return process.returncode


def test_killed_in_the_middle_nothing_is_half_and_it_is_done_again(home, tmp_path):
    big = home / "radio" / "plan.bin"
    big.parent.mkdir()
    big.write_bytes(bytes(200_000_000))  # so that there is a middle
    path, draft, fresh = tmp_path / "saved.tar", tmp_path / ".saved.tar.part", tmp_path / "fresh"

    killed(home, "backup", path, when=lambda: draft.exists() and draft.stat().st_size > 8_000_000)
    assert not path.exists()
    save(home, path)
    assert not draft.exists()

    killed(fresh, "restore", path, when=(fresh / "radio" / "plan.bin").exists)
    assert (fresh / "restoring").exists()
    assert not (fresh / "commonweal.sqlite3").exists()

    status, said = commonweal(fresh, "restore", path)
    assert status == 0, said
    assert rows(fresh, FIGURES) == rows(home, FIGURES)
    shutil.rmtree(fresh)


WRITE = """
import django; django.setup()
from datetime import UTC, datetime
from commonweal.kernel.records.services import event_append
for n in range(100000):
    event_append(record_type="tests.write", record_key=str(n), action="write", actor="cli:test",
                 content={"n": n}, now=datetime.now(UTC))
"""


def test_a_backup_is_of_one_instant_while_others_write(home, tmp_path):
    writer = subprocess.Popen([sys.executable, "-c", WRITE], env=environment(home), cwd=ROOT)
    with writer:
        n_before = 0
        while writer.poll() is None and n_before < 20:
            [[n_before]] = rows(home, "SELECT count(*) FROM records_event")
            time.sleep(0.05)
        saved = save(home, tmp_path / "saved.tar")
        writer.kill()

    status, said = commonweal(tmp_path / "fresh", "restore", tmp_path / "saved.tar", "--json")

    assert status == 0, said
    done = json.loads(said)
    assert done["n_events"] >= saved["checkpoint"]["n_events"] >= 20
    assert done["n_events"] < rows(home, "SELECT count(*) FROM records_event")[0][0]
