"""Every code block of README and docs does what the page says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools import blocks
from tools.files import ROOT, tracked

PAGES = [path for path in tracked("docs/*.md", "README*.md") if "```" in path.read_text("utf-8")]
READMES = [path for path in PAGES if path.name.startswith("README")]


@pytest.fixture(scope="session")
def made_home(tmp_path_factory):
    """A home after ``commonweal init``: every page begins with it, and it takes longest of all."""
    home = tmp_path_factory.mktemp("made") / "home"
    environment = os.environ | {"COMMONWEAL_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    program = Path(sys.executable).parent / "commonweal"
    subprocess.run([program, "init"], env=environment, check=True, capture_output=True)
    return home


@pytest.mark.parametrize("page", [p for p in PAGES if p not in READMES], ids=lambda path: path.stem)
def test_a_page_does_what_it_says(page, made_home, tmp_path):
    shutil.copytree(made_home, tmp_path / "home")
    scripts = Path(sys.executable).parent
    environment = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    environment |= {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "COMMONWEAL_HOME": str(tmp_path / "home"),
        "COLUMNS": "120",
        "PYTHONUTF8": "1",
    }
    folder = tmp_path / "folder"
    folder.mkdir()
    assert blocks.run(page, folder, environment) >= 1


@pytest.mark.parametrize("page", READMES, ids=lambda path: path.name)
def test_the_readme_names_the_commands_that_continuous_integration_runs(page):
    integration = (ROOT / ".ci" / "run").read_text("utf-8")
    commands = [
        line
        for block in blocks.blocks(page.read_text("utf-8"))
        for line in block.body.splitlines()
        if block.language == "bash" and line.startswith("./dev ")
    ]
    assert {"./dev run", "./dev test"} <= set(commands)
    assert [command for command in commands if command not in integration] == []


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("```bash\nfalse\n```", "ended with 1"),
        ("```bash\ntrue | false | true\n```", "ended with 1"),
        ("```bash\necho one\n```\n```text\ntwo\n```", "promises 'two'"),
        ("```bash\nprintf 'b\\na\\n'\n```\n```text\na\nb\n```", "promises 'b'"),
        ('```bash title="later"\nfalse\n```', "not why it is not run"),
        ("```sh\ntrue\n```", "is 'sh'"),
        ("```\ntrue\n```", "is ''"),
    ],
)
def test_a_page_that_is_wrong_is_found_out(page, sentence, tmp_path):
    file = tmp_path / "page.md"
    file.write_text(page + "\n")
    with pytest.raises(blocks.BlockError, match=re.escape(sentence)):
        blocks.run(file, tmp_path, os.environ)


def test_a_page_writes_files_and_runs_commands_in_one_folder(tmp_path):
    file = tmp_path / "page.md"
    file.write_text(
        '```csv title="a.csv"\nx\n1\n```\n```bash\ncat a.csv\n```\n```text\nx\n…\n```\n'
        '```bash title="not run: it fails"\nfalse\n```\n'
    )
    assert blocks.run(file, tmp_path, os.environ) == 1
