"""A group with six provinces, its people, and a campaign that was launched."""

from datetime import UTC, datetime

from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.org.services import boundary_set, boundary_share_set
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_change, record_open
from tests.kernel.programmes.conftest import node_make

NOW = datetime(2024, 7, 5, 2, 0, tzinfo=UTC)
LATER = datetime(2024, 7, 9, 2, 0, tzinfo=UTC)
PROVINCES = ("north", "south", "east", "west", "centre", "coast", "plain")
ASKED = "energy_saving_investment, energy_officers"
REAL = {
    "lin": ["data_owner"],
    "wang": ["reviewer"],
    "luo": ["board"],
    "chen": ["programme_manager"],
}


def scope(name, *roles):
    """Somebody with these roles everywhere."""
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(roles)),))


SCOPES = {name: scope(name, "viewer", *roles) for name, roles in REAL.items()}
DOES = {
    "submit": "lin",
    "correct": "lin",
    "review": "wang",
    "return": "wang",
    "approve": "luo",
    "lock": "luo",
    "unlock": "luo",
    "launch": "chen",
    "close": "chen",
    "waive": "chen",
}


def nodes_make():
    """Make the organisation and its boundary."""
    group = node_make("group", "group")
    nodes = {"group": group, **{code: node_make(code, "province", group) for code in PROVINCES}}
    terms = {"actor": "test", "now": NOW}
    names = dict.fromkeys(("zh-hant", "zh-hans", "en"), "all")
    boundary_set(code="operational", approach="operational_control", names=names, **terms)
    boundary_share_set(
        boundary="operational",
        node="group",
        share=1,
        from_date=datetime(2020, 1, 1, tzinfo=UTC).date(),
        reason="test",
        **terms,
    )
    return nodes


def act(record, action, *, now=NOW, who="", **told):
    """Do an action as whom it is for."""
    by = SCOPES[who or DOES[action]]
    return record_act(record, action, scope=by, now=now, comment="as agreed", **told).record


def campaign_make(covers="2024-H1", due="2024-07-20", indicators=ASKED, now=NOW, **values):
    """Open and launch a campaign for every province."""
    given = {
        "title": f"Half-yearly report {covers}",
        "covers": covers,
        "level": "province",
        "indicators": indicators,
        "due_date": due,
    }
    kind = record_type("collection.campaign")
    opened = record_open(kind, node="group", values=given | values, scope=SCOPES["chen"], now=now)
    return act(opened, "launch", now=now)


def statement_of(campaign, node):
    """A unit's newest statement."""
    return campaign.statements.filter(node__code=node).order_by("-revision").first()


def fill(statement, now=NOW, who="lin", **amounts):
    """Enter values; what is not named is 100."""
    for item in statement.items.order_by("pk"):
        given = amounts.get(item.indicator, 100)
        values = given if isinstance(given, dict) else {"value": given}
        record_change(item, values=values, version=item.version, scope=SCOPES[who], now=now)
    return statement


def approved(statement, now=NOW, **amounts):
    """Take a statement all the way."""
    fill(statement, now=now, **amounts)
    for action in ("submit", "review", "approve"):
        statement = act(statement, action, now=now)
    return statement
