"""The developers' script: what it skips, where it goes on, whom it refuses.

Its steps run in a copy whose ``commonweal`` writes down how it was called.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader

import pytest
from tools.files import ROOT

RECORDER = """#!/bin/sh
echo "$@" >> "{log}"
mkdir -p "$COMMONWEAL_HOME"
[ "$1" != "$FAIL" ]
"""


def load(path):
    loader = SourceFileLoader("dev_script", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_script", loader))
    loader.exec_module(module)
    return module


class Copy:
    """A checkout with a finished environment."""

    def __init__(self, folder):
        self.folder, self.log = folder, folder / "calls"
        for name in ("dev", "requirements.lock", "requirements-dev.lock", "requirements-uv.lock"):
            shutil.copy(ROOT / name, folder)
        self.bin = folder / ".venv" / "bin"
        self.bin.mkdir(parents=True)
        (self.bin / "python").symlink_to(sys.executable)
        (self.bin / "commonweal").write_text(RECORDER.format(log=self.log))
        (self.bin / "commonweal").chmod(0o755)
        script = load(folder / "dev")
        script.STAMP.write_text(f"runtime {script._digest('runtime')}")

    def run(self, *arguments, fail=""):
        """Run the script; return its status and the commands it called."""
        self.log.write_text("")
        environment = {**os.environ, "FAIL": fail}
        environment.pop("COMMONWEAL_HOME", None)
        command = [sys.executable, self.folder / "dev", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, self.log.read_text().splitlines()


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "a check out"  # blanks in the path, too
    folder.mkdir()
    return Copy(folder)


STEPS = ["init", "demo", "compute", "compute", "report", "report"]  # as HTML, the chapter as PDF


def test_the_first_run_builds_everything_and_the_second_only_migrates(copy):
    status, called = copy.run("run", "--no-serve")
    assert status == 0
    assert [call.split()[0] for call in called] == STEPS
    assert copy.run("run", "--no-serve") == (0, ["init"])


def test_a_run_serves_on_the_port_asked_for(copy):
    _, called = copy.run("run", "--port", "9000")
    assert called[-1] == "serve --port 9000"


def test_a_run_goes_on_after_the_step_that_failed(copy):
    status, called = copy.run("run", "--no-serve", fail="report")
    assert status == 1
    assert len(called) == STEPS.index("report") + 1
    status, called = copy.run("run", "--no-serve")
    assert status == 0
    assert [call.split()[0] for call in called] == ["init", "report", "report"]


def test_another_size_looks_at_every_step_again(copy):
    copy.run("run", "--no-serve")
    _, called = copy.run("run", "--no-serve", "--sites", "100")
    assert called[1] == "demo build --sites 100"
    assert len(called) == len(STEPS)


def test_an_argument_that_is_not_known_is_refused(copy):
    assert copy.run("run", "--no-server") == (2, [])


def test_a_changed_lock_or_place_changes_the_stamp(copy, tmp_path):
    script = load(copy.folder / "dev")
    before = script._digest("runtime")
    assert before != script._digest("dev")
    (copy.folder / "requirements.lock").write_text("")
    assert script._digest("runtime") != before


def test_an_environment_is_not_taken_for_finished_without_its_stamp(copy):
    script = load(copy.folder / "dev")
    script.STAMP.unlink()
    assert script._stamped() == ("none", "")
    script.STAMP.write_text("half")
    assert script._stamped() == ("none", "")


def test_another_python_is_refused_with_advice(monkeypatch, capsys):
    script = load(ROOT / "dev")
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert script.main() == 2
    assert "this is Python 3.10.13; Commonweal needs 3.11, 3.12 or 3.13" in capsys.readouterr().err
