"""A domain is a folder with uniform file names; a command topic is a module with an ``app``."""

import os
import subprocess
import sys

from tools.files import ROOT, tracked

DOMAIN_PARTS = {
    "__init__.py",
    "admin.py",
    "apps.py",
    "datasets",
    "domain.toml",
    "indicators",
    "migrations",
    "models.py",
    "network",
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
PROGRAMME_PARTS = DOMAIN_PARTS - {"apps.py", "domain.toml"} | {
    "demo.py",
    "locale",
    "programme.toml",
    "records",
    "rules.py",
}
DOMAINS = ROOT / "src" / "commonweal" / "domains"


def programmes():
    """Every programme's folder, found by its declaration."""
    return {path.parent for path in tracked("src/commonweal/domains/*/*/programme.toml")}


def test_domains_hold_only_parts_with_uniform_names():
    parts = {path.relative_to(DOMAINS).parts[:2] for path in tracked("src/commonweal/domains/*")}
    found = {DOMAINS.joinpath(*names) for names in parts if len(names) > 1} - programmes()
    assert len(found) >= 3
    assert sorted(path for path in found if path.name not in DOMAIN_PARTS) == []


def test_programmes_hold_parts_with_uniform_names_and_modules_of_their_own():
    parts = {
        folder / path.relative_to(folder).parts[0]
        for folder in programmes()
        for path in tracked(f"{folder.relative_to(ROOT)}/*")
    }
    odd = {path for path in parts if path.name not in PROGRAMME_PARTS and path.suffix != ".py"}
    beside = {path for path in odd if not path.stem.startswith("demo")}  # what a demo is made of
    read = {  # neither a package of its own nor what a module reads
        path
        for path in beside
        if not path.with_suffix(".py").exists() and not (path / "__init__.py").exists()
    }
    assert len(parts) >= 7 * len(programmes()) > 0
    assert sorted(read) == []


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
