"""A domain is a folder with uniform file names; a command topic is a module with an ``app``."""

import os
import subprocess
import sys

from tools.files import ROOT, tracked

DOMAIN_PARTS = {
    "__init__.py",
    "admin.py",
    "apps.py",
    "domain.toml",
    "indicators",
    "migrations",
    "models.py",
    "pages.py",
    "queries",
    "report",
    "schemas.py",
    "selectors.py",
    "services.py",
    "sources",
    "sources.py",
    "templates",
}
DOMAINS = ROOT / "src" / "commonweal" / "domains"


def test_domains_hold_only_parts_with_uniform_names():
    parts = {path.relative_to(DOMAINS).parts for path in tracked("src/commonweal/domains/*")}
    parts = {(domain, part) for domain, part, *_ in (p for p in parts if len(p) > 1)}
    assert len(parts) >= 3
    assert sorted((domain, part) for domain, part in parts if part not in DOMAIN_PARTS) == []


def test_every_domain_says_who_it_is():
    modules = tracked("src/commonweal/domains/*/__init__.py")
    folders = {path.parent for path in modules if path.parent.parent == DOMAINS}
    assert folders
    assert [folder.name for folder in folders if not (folder / "domain.toml").is_file()] == []


def test_scripts_may_be_run():
    for script in (ROOT / "dev", ROOT / ".ci" / "run"):
        assert os.access(script, os.X_OK), script


def test_the_developer_script_explains_itself_and_refuses_an_unknown_action():
    script = [sys.executable, ROOT / "dev"]
    said = subprocess.run([*script, "--help"], capture_output=True, text=True, check=True)
    assert "./dev run" in said.stdout
    wrong = subprocess.run([*script, "fly"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "invalid choice: 'fly'" in wrong.stderr


def test_no_module_of_engines_or_catalogue_needs_django():
    modules = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
        for path in tracked("src/commonweal/engines/*.py", "src/commonweal/catalogue/*.py")
    ]
    program = f"import sys, {', '.join(modules)}; sys.exit('django' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
