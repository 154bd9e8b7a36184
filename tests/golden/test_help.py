"""What every command says of itself, word for word; ``--update-golden`` writes it anew."""

from pathlib import Path

import pytest
from tools.reference import walk
from typer.main import get_command
from typer.testing import CliRunner

from commonweal.cli.main import application

FOLDER = Path(__file__).parent / "help"
ROOT = get_command(application())
COMMANDS = {path: command for path, command in walk(ROOT, "commonweal") if path != "commonweal"}
every_command = pytest.mark.parametrize("path", COMMANDS)


@every_command
def test_help_is_as_it_was(path, request, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("NO_COLOR", "1")
    words = path.split()[1:]
    said = CliRunner().invoke(application(), [*words, "--help"], prog_name="commonweal")
    assert said.exit_code == 0
    text = "\n".join(line.rstrip() for line in said.output.strip().splitlines()) + "\n"
    golden = FOLDER / f"{'-'.join(words)}.txt"
    if request.config.getoption("--update-golden"):
        FOLDER.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.exists(), f"{path} is new: run with --update-golden and read what is written"
    assert text == golden.read_text("utf-8")


def test_no_golden_file_is_left_of_a_command_that_is_gone():
    known = {"-".join(path.split()[1:]) for path in COMMANDS}
    assert {file.stem for file in FOLDER.glob("*.txt")} - known == set()


@every_command
def test_help_shows_an_example(path):
    assert f"{path}" in (COMMANDS[path].help or ""), "the help text has no example of a call"


@every_command
def test_a_command_speaks_json(path):
    if path == "commonweal serve":
        return  # it answers over HTTP
    assert "--json" in {name for parameter in COMMANDS[path].params for name in parameter.opts}
