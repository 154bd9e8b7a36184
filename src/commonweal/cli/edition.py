"""``commonweal edition``: build editions again, compare them, pack them for others to check."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from commonweal.cli.common import AsJson, plain_errors, print_json, stdout
from commonweal.cli.records import As, scope_as
from commonweal.errors import InputError, StateError

if TYPE_CHECKING:
    from commonweal.domains.reporting.editions.models import Edition
    from commonweal.kernel.disclosure.editions.comparing import Restated
    from commonweal.kernel.disclosure.wording import Language
    from commonweal.kernel.facts.models import Fact

app = typer.Typer(no_args_is_help=True, help="Editions of reports: check, verify, compare, pack.")

Code = Annotated[str, typer.Argument(metavar="CODE", help="Of the edition, as EDN-2025-00001.")]


@app.command()
def verify(
    edition: Annotated[str, typer.Argument(metavar="CODE|FILE", help="An edition, or its pack.")],
    *,
    key: Annotated[str, typer.Option(help="Of a pack: the public key that was published.")] = "",
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Build an edition again from its freeze and compare byte for byte; check a pack without us.

    Exits with 5 and names each fault if it is not what it was.

    Example: commonweal edition verify EDN-2025-00001
    """
    from commonweal.kernel.disclosure.editions.check_pack import faults  # noqa: PLC0415
    from commonweal.kernel.disclosure.editions.freezing import digests_read  # noqa: PLC0415
    from commonweal.kernel.disclosure.editions.verifying import edition_faults  # noqa: PLC0415

    with plain_errors():
        path, files = Path(edition), {}
        if path.is_file():
            told = faults(path.read_bytes(), key)
        else:
            found = _edition(edition, scope_as(account))
            told, files = edition_faults(found), digests_read(found.digests)
        if as_json:
            print_json({"edition": edition, "holds": not told, "faults": told, "files": files})
            raise typer.Exit(StateError.exit_code if told else 0)
        for line in told:
            stdout.print(line, markup=False)
        if told:
            raise StateError(
                f"{len(told)} faults in {path.name}",
                hint="the bytes that were published are in the pack: `commonweal edition pack`",
            )
        if files:
            stdout.print(f"{edition} is what was frozen: {len(files)} files, byte for byte")
        else:
            stdout.print("the pack holds" + ("" if key else "; give --key to be sure whose it is"))


@app.command()
def check(code: Code, *, account: As = "", as_json: AsJson = False) -> None:
    """Tell what stands against an edition: what the linter finds, what the ledger says otherwise.

    Every bound figure is read back out of the text and held against the ledger. Of one that is
    frozen it also tells what was restated since. Exits with 5 if there is an error.

    Example: commonweal edition check EDN-2025-00001
    """
    from commonweal.kernel.disclosure.editions.checking import edition_noted  # noqa: PLC0415
    from commonweal.kernel.disclosure.editions.comparing import editions_compare  # noqa: PLC0415

    with plain_errors():
        found = _edition(code, scope_as(account))
        noted = edition_noted(found)
        language = cast("Language", found.languages.split()[0])
        since = editions_compare(found, None, language=language).restated if found.as_of else ()
    n_errors = sum(each.severity == "error" for each in noted)
    if as_json:
        rows = [{name: getattr(each, name) for name in each.__slots__} for each in noted]
        print_json({"noted": rows, "restated_since": [_restated(each) for each in since]})
        raise typer.Exit(StateError.exit_code if n_errors else 0)
    for each in noted:
        place = f"{each.language} {each.section}: “{each.quote}”"
        stdout.print(f"{each.severity}: {place} {each.said}", markup=False, soft_wrap=True)
    for one in since:
        stdout.print(f"restated since: {_line(one)}", markup=False, soft_wrap=True)
    n_warnings = len(noted) - n_errors
    stdout.print(f"{n_errors} errors, {n_warnings} warnings, {len(since)} figures restated since")
    if n_errors:
        raise typer.Exit(StateError.exit_code)


@app.command()
def compare(
    old: Code,
    new: Annotated[str, typer.Argument(help="Another; what it would be now without.")] = "",
    *,
    language: Annotated[str, typer.Option(help="Whose text: zh-hant, zh-hans or en.")] = "en",
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Tell what lies between two editions, or one and what is known now: figures, factors, words.

    Example: commonweal edition compare EDN-2025-00001 EDN-2025-00002
    """
    from commonweal.kernel.disclosure.editions.comparing import editions_compare  # noqa: PLC0415

    with plain_errors():
        scope = scope_as(account)
        code = cast("Language", language)
        later = _edition(new, scope) if new else None
        found = editions_compare(_edition(old, scope), later, language=code)
        if as_json:
            print_json(
                {
                    "same": found.n_same,
                    "restated": [_restated(each) for each in found.restated],
                    "new": [_about(each) for each in found.new],
                    "gone": [_about(each) for each in found.gone],
                    "factors": [
                        {name: getattr(each, name) for name in each.__slots__}
                        for each in found.factors
                    ],
                    "words": found.words,
                }
            )
            return
        for each in found.restated:
            stdout.print(_line(each), markup=False, soft_wrap=True)
        for factor in found.factors:
            stdout.print(
                f"factor of {factor.carrier} {factor.place} in {factor.indicator}:"
                f" {factor.old or 'none'} → {factor.new or 'none'}",
                markup=False,
                soft_wrap=True,
            )
        for sign, facts in (("new", found.new), ("gone", found.gone)):
            for fact in facts:
                stdout.print(
                    f"{sign}: {fact.indicator} {fact.node} {fact.period}: {fact.printed}",
                    markup=False,
                )
        for line in found.words[2:]:
            stdout.print(line, markup=False, soft_wrap=True)
        stdout.print(
            f"{len(found.restated)} restated, {len(found.new)} new, {len(found.gone)} gone,"
            f" {found.n_same} the same"
        )


@app.command()
def pack(
    code: Code,
    *,
    out: Annotated[Path, typer.Option(help="The ZIP to write.")],
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Write one file from which anybody checks an edition offline: python3 PACK.zip.

    Example: commonweal edition pack EDN-2025-00001 --out edition.zip
    """
    from commonweal.domains.reporting.editions.models import records_of  # noqa: PLC0415
    from commonweal.engines.ed25519 import public_key  # noqa: PLC0415
    from commonweal.kernel.disclosure.editions.pack import pack_build  # noqa: PLC0415
    from commonweal.kernel.facts.signing import secret_key  # noqa: PLC0415

    with plain_errors():
        secret = secret_key()
        found = _edition(code, scope_as(account))
        content = pack_build(found, secret=secret, records=records_of(found))
        try:
            out.write_bytes(content)
        except OSError as fault:
            raise InputError(f"{out} cannot be written: {fault.strerror}") from fault
        told = {
            "pack": str(out),
            "n_bytes": len(content),
            "sha256": sha256(content).hexdigest(),
            "key": public_key(secret).hex(),
        }
        if as_json:
            print_json(told)
        else:
            stdout.print(f"{told['n_bytes']:,} bytes, SHA-256 {told['sha256']}\nkey {told['key']}")


def _edition(code: str, scope: Any) -> Edition:  # noqa: ANN401 - a scope
    from commonweal.domains.reporting.editions.models import Edition  # noqa: PLC0415

    rows = scope.visible(Edition.objects.select_related("node", "corrects"))
    found: Edition | None = rows.filter(code=code).first()
    if found is None:
        raise InputError(
            f"no edition {code!r}, or it is not yours to see",
            hint="see `commonweal records list editions.edition`",
        )
    return found


def _line(found: Restated) -> str:
    old, new = found.old, found.new
    values = f"{old.printed} → {new.printed} {new.unit}"
    return f"{new.indicator} {new.node} {new.period}: {values}  {found.reason}".rstrip()


def _restated(found: Restated) -> dict[str, Any]:
    return {**_about(found.new), "old": found.old.value, "reason": found.reason}


def _about(fact: Fact) -> dict[str, Any]:
    return {
        "fact": fact.pk,
        "indicator": fact.indicator,
        "node": fact.node,
        "period": str(fact.period),
        "value": fact.value,
        "unit": fact.unit,
    }
