"""``commonweal assurance``: draw a verifier's sample, recompute it, pack the evidence, check it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.common import AsJson, clock, plain_errors, print_json, stdout
from commonweal.cli.records import As, scope_as
from commonweal.errors import InputError, StateError

if TYPE_CHECKING:
    from commonweal.domains.carbon.assurance.models import Engagement, Item
    from commonweal.kernel.accounts.scopes import Scope

app = typer.Typer(no_args_is_help=True, help="Verification: sample, recompute, pack, check.")

Code = Annotated[str, typer.Argument(metavar="CODE", help="Of the engagement, as ENG-2025-00001.")]


@app.command()
def sample(
    code: Code,
    *,
    draw: Annotated[bool, typer.Option("--draw", help="Freeze the total and draw it now.")] = False,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Show the sample of an engagement, or draw it.

    Example: commonweal assurance sample ENG-2025-00001 --draw --as gao
    """
    from commonweal.kernel.programmes.services import record_act  # noqa: PLC0415

    with plain_errors():
        scope, now = scope_as(account), clock()
        engagement = _engagement(code, scope)
        for state, action in (("planned", "start"), ("sampling", "draw")):
            if draw and engagement.state == state:
                engagement = record_act(engagement, action, scope=scope, now=now).record  # type: ignore[assignment] # of this type
        items = list(engagement.items.order_by("code"))
        if as_json:
            print_json({**_about(engagement), "items": [_document(item) for item in items]})
            return
        stdout.print(
            f"{engagement.total} {engagement.total_unit} in {engagement.n_units} units; every "
            f"{engagement.interval} one is drawn: {len(items)} items",
            markup=False,
        )
        for item in items:
            drawn = "certain" if item.is_certain else f"{item.hits} ×"
            stdout.print(f"{item.code}  {item.unit_key}  {item.stated}  {drawn}", markup=False)


@app.command()
def recompute(
    code: Code,
    *,
    record: Annotated[
        bool, typer.Option("--record", help="Enter the result in each item that waits for it.")
    ] = False,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Compute every item of a sample again from the rows of its files; exit 5 if one differs.

    Example: commonweal assurance recompute ENG-2025-00001 --record --as gao
    """
    from commonweal.domains.carbon.assurance.rules import item_compared  # noqa: PLC0415
    from commonweal.kernel.programmes.services import record_act  # noqa: PLC0415

    with plain_errors():
        scope, now = scope_as(account), clock()
        rows = []
        for item in _engagement(code, scope).items.order_by("code"):
            again, difference = item_compared(item)
            if record and item.state == "drawn":
                record_act(item, "recompute", scope=scope, now=now)
            row = _document(item) | {"recomputed": again, "difference": difference}
            rows.append(row)
            if not as_json:
                shown = ("code", "unit", "stated", "recomputed", "difference")
                stdout.print("  ".join(str(row[name]) for name in shown), markup=False)
        differing = [row["code"] for row in rows if row["difference"]]
        if as_json:
            print_json({"items": rows, "differing": differing})
            raise typer.Exit(StateError.exit_code if differing else 0)
        if differing:
            raise StateError(
                f"{len(differing)} of {len(rows)} items differ, the first {differing[0]}",
                hint="enter a finding about each: records open assurance.finding",
            )
        stdout.print(f"{len(rows)} items are what their rows give")


@app.command()
def pack(
    code: Code,
    out: Annotated[Path, typer.Option(help="The ZIP to write.")],
    *,
    account: As = "",
    as_json: AsJson = False,
) -> None:
    """Write the evidence pack of an engagement: the same records give the same bytes.

    Example: commonweal assurance pack ENG-2025-00001 --out pack.zip
    """
    from commonweal.domains.carbon.assurance.pack import pack_build  # noqa: PLC0415
    from commonweal.engines.ed25519 import public_key  # noqa: PLC0415
    from commonweal.kernel.facts.signing import secret_key  # noqa: PLC0415

    with plain_errors():
        scope, secret = scope_as(account), secret_key()
        content = pack_build(_engagement(code, scope), scope=scope, secret=secret)
        out.write_bytes(content)
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


@app.command()
def check(
    path: Annotated[Path, typer.Argument(metavar="PACK", help="From `assurance pack`.")],
    *,
    key: Annotated[str, typer.Option(help="The public key that was published.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check an evidence pack without the database; exit 5 and name each fault.

    Example: commonweal assurance check pack.zip --key 5f1c…
    """
    from commonweal.domains.carbon.assurance.check_pack import faults  # noqa: PLC0415

    with plain_errors():
        try:
            told = faults(path.read_bytes(), key)
        except OSError as fault:
            raise InputError(f"{path} cannot be read: {fault.strerror}") from fault
        if as_json:
            print_json({"holds": not told, "faults": told})
            raise typer.Exit(StateError.exit_code if told else 0)
        for line in told:
            stdout.print(line, markup=False)
        if told:
            raise StateError(
                f"{len(told)} faults in {path.name}; the first: {told[0]}",
                hint="ask for the pack again, and for the key on another way",
            )
        stdout.print("the pack holds" + ("" if key else "; give --key to be sure whose it is"))


@app.command()
def key(*, as_json: AsJson = False) -> None:
    """Print the public key that checkpoints and packs are signed with; publish it.

    Example: commonweal assurance key
    """
    from commonweal.engines.ed25519 import public_key  # noqa: PLC0415
    from commonweal.kernel.facts.signing import secret_key  # noqa: PLC0415

    with plain_errors():
        told = public_key(secret_key()).hex()
    if as_json:
        print_json({"key": told})
    else:
        stdout.print(told)


def _engagement(code: str, scope: Scope) -> Engagement:
    from commonweal.domains.carbon.assurance.models import Engagement  # noqa: PLC0415

    found = scope.visible(Engagement.objects.all()).filter(code=code).first()
    if found is None:
        raise InputError(
            f"no engagement {code!r}, or it is not yours to see",
            hint="see `commonweal records list assurance.engagement`",
        )
    return found


def _about(engagement: Engagement) -> dict[str, Any]:
    names = ("code", "state", "total", "total_unit", "n_units", "n_items", "interval", "seed")
    return {name: getattr(engagement, name) for name in names}


def _document(item: Item) -> dict[str, Any]:
    return {
        "code": item.code,
        "unit": item.unit_key,
        "fact": item.fact,
        "state": item.state,
        "is_certain": item.is_certain,
        "hits": item.hits,
        "stated": item.stated,
    }
