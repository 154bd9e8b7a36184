"""A backup that somebody made to be restored elsewhere than in the home."""

import gzip
import hashlib
import io
import json
import tarfile

import dj_database_url
import pytest

from commonweal.errors import InputError
from commonweal.kernel.operation.archive import archive_read, archive_write
from commonweal.kernel.operation.databases import tool_environment
from commonweal.kernel.operation.restoring import restore

CONTENT = b"* * * * * root planted"


def crafted(path, name, kind=tarfile.REGTYPE):
    """A backup of one file of this name, whole in all else."""
    digest = hashlib.sha256(CONTENT).hexdigest()
    listed = [{"name": name, "bytes": len(CONTENT), "sha256": digest}]
    manifest = {"format": 1, "vendor": "sqlite", "migrations": [], "files": listed}
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for each, content in ((name, CONTENT), ("manifest.json", json.dumps(manifest).encode())):
            entry = tarfile.TarInfo(each)
            entry.type, entry.linkname = kind if each == name else tarfile.REGTYPE, "manifest.json"
            entry.size = 0 if entry.type == tarfile.FIFOTYPE else len(content)
            tar.addfile(entry, io.BytesIO(content[: entry.size]))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "home/{outside}",  # which gives home//…: joined to the home, a path from the root
        "lake/{outside}",
        "home/../planted",
        "{outside}",
        "home/./../planted",
        "planted",
        "home",
        "register/planted",
        "home/commonweal.sqlite3",
        "home/commonweal.sqlite3-wal",
        "home/static/site.js",
        "home/.planted",
    ],
)
def test_a_backup_writes_nothing_that_no_backup_has(tmp_path, settings, name):
    settings.HOME, settings.LAKE_ROOT = tmp_path / "fresh", tmp_path / "elsewhere"
    name = name.format(outside=tmp_path / "planted")
    path = crafted(tmp_path / "saved.tar", name)

    with pytest.raises(InputError, match="is not of this backup"):
        restore(path)

    left = [each for each in tmp_path.rglob("*") if each.is_file() and each != path]
    assert left == []


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_SPARSE, tarfile.CONTTYPE, tarfile.FIFOTYPE])
def test_a_backup_holds_plain_files_alone(tmp_path, settings, kind):
    settings.HOME, settings.LAKE_ROOT = tmp_path / "fresh", tmp_path / "elsewhere"
    with pytest.raises(InputError, match="is not of this backup"):
        restore(crafted(tmp_path / "saved.tar", "home/planted", kind))
    assert not list((tmp_path / "fresh").iterdir())


def test_a_packed_backup_is_none_of_ours(tmp_path):
    path = crafted(tmp_path / "saved.tar", "home/planted")
    path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(InputError, match="is no backup"):
        archive_read(path)


def test_what_somebody_laid_where_a_backup_is_written_is_not_followed(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"kept")
    (tmp_path / ".saved.tar.part").symlink_to(theirs)
    with archive_write(tmp_path / "saved.tar", lambda _n_bytes, _what: None) as archive:
        archive.end({})
    assert theirs.read_bytes() == b"kept"
    assert not (tmp_path / "saved.tar").is_symlink()


def test_what_the_address_says_of_tls_holds_for_the_tools_of_the_register():
    url = "postgresql://li:word@db.example/x?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    told = tool_environment(dj_database_url.parse(url))
    assert told["PGSSLMODE"] == "verify-full"
    assert told["PGSSLROOTCERT"] == "/etc/ca.pem"
    assert told["PGPASSWORD"] == "word"


def test_a_home_that_a_restore_makes_is_closed_to_others(tmp_path, settings):
    settings.HOME, settings.LAKE_ROOT = tmp_path / "fresh", tmp_path / "elsewhere"
    with pytest.raises(InputError):
        restore(crafted(tmp_path / "saved.tar", "planted"))
    assert settings.HOME.stat().st_mode & 0o077 == 0
