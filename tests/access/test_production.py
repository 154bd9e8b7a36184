"""How the site stands behind TLS, what it refuses to take, and what its files carry."""

import json
import os
import subprocess
import sys
from pathlib import Path

from commonweal.kernel.programmes.safe_cells import line_safe
from commonweal.settings.config import Config

SOURCE = Path(__file__).resolve().parents[2] / "src" / "commonweal"
PRODUCTION = """
production = true
proxies = 1
allowed_hosts = ["net.example"]
mfa_required_for = ["administrator"]
[sso]
issuer = "https://id.example"
client_id = "commonweal"
secret = "between-the-two"
"""
READ_BACK = {
    "lake/rejects.py": "rows as they came, to be mended by who sent them and ingested again",
    "lake/templates.py": "headers and examples of our own",
    "kernel/org/imports/templates.py": "headers and examples of our own",
    "kernel/programmes/imports/templates.py": "headers and examples of our own",
    "kernel/disclosure/editions/open_files.py": "codes of the catalogue, exact numbers",
    "kernel/disclosure/xbrl/package.py": "identifiers of the taxonomy",
    "kernel/disclosure/xbrl/oim.py": "identifiers of the taxonomy, exact numbers",
}


def run_in(home, *command):
    (home / "commonweal.toml").write_text(PRODUCTION, "utf-8")
    given = {"COMMONWEAL_HOME": str(home), "DJANGO_SETTINGS_MODULE": "commonweal.settings"}
    done = subprocess.run(
        [sys.executable, *command], env={**os.environ, **given},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout + done.stderr


def test_a_production_profile_passes_every_check_of_a_deployment(tmp_path):
    said = run_in(tmp_path, "-m", "django", "check", "--deploy", "--fail-level", "INFO")
    assert "no issues (0 silenced)" in said


def test_configuration_is_shown_without_its_secrets(tmp_path):
    code = "from commonweal.cli import main; main()"
    said = run_in(tmp_path, "-c", code, "config", "--json")
    assert json.loads(said)["sso"]["secret"] == "•••"  # noqa: S105 - hidden
    assert "between-the-two" not in said


def test_a_repr_of_the_configuration_holds_no_secret(tmp_path):
    code = "from commonweal.settings.config import config; print(config())"
    said = run_in(tmp_path, "-c", code)
    assert "net.example" in said
    assert "between-the-two" not in said
    url = "postgresql://li:between-the-two@db.example/x"
    assert "between-the-two" not in repr(Config(home=tmp_path, database=url))


def test_what_is_too_large_is_refused_before_it_is_read(client, settings, db):
    settings.UPLOAD_LIMIT_BYTES = 2_000_000
    answer = client.post("/sign-in/", {"username": "x" * 2_000_001})
    assert answer.status_code == 413
    assert "at most 2 MB at a time" in answer.content.decode()
    wrong = client.generic("POST", "/sign-in/", b"", CONTENT_LENGTH="many")
    assert wrong.status_code == 413


def test_a_cell_that_a_spreadsheet_would_run_is_text():
    cells = ["=cmd|' /C calc'!A0", "+1+1", "-5.20", "@x", "\t=1", "\uff1d1", "north", 3]
    assert line_safe(cells) == [
        "'=cmd|' /C calc'!A0", "'+1+1", "-5.20", "'@x", "'\t=1", "'\uff1d1", "north", 3,
    ]  # fmt: skip


def test_every_file_of_cells_is_safe_or_says_why_it_need_not_be():
    writers = {
        path.relative_to(SOURCE).as_posix(): path.read_text("utf-8")
        for part in ("web", "api", "kernel", "lake")
        for path in (SOURCE / part).rglob("*.py")
        if "csv.writer(" in (text := path.read_text("utf-8")) or "csv.DictWriter(" in text
    }
    assert len(writers) > 8
    unsafe = {name for name, text in writers.items() if "safe_cells" not in text}
    assert unsafe == set(READ_BACK)
