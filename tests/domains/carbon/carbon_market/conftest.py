"""A node in a market, people for each role, and a compliance year in few words."""

from datetime import UTC, datetime

import pytest

from commonweal.domains.carbon.carbon_market import markets
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from tests.domains.giving.test_donations import scope

NOW = datetime(2025, 9, 1, 2, 0, tzinfo=UTC)
NAMES = ("data_owner", "reviewer", "second_reviewer", "programme_manager", "verifier")


@pytest.fixture
def group(db):
    names = {"name_zh_hant": "集團", "name_zh_hans": "集团", "name_en": "Group"}
    return Node.objects.create(code="group", kind="group", place="CN", **names)


@pytest.fixture
def scopes():
    return {name: scope(name) for name in NAMES}


@pytest.fixture
def market(group, scopes):
    return Desk(scopes)


class Desk:
    """Whoever trades and surrenders: every step by the person whose role it is."""

    def __init__(self, scopes):
        self.scopes = scopes

    def open(self, name, **values):
        kind = record_type(f"carbon_market.{name}")
        given = {"node": "group", "scope": self.scopes["data_owner"], "now": NOW}
        return record_open(kind, values=values, **given)

    def act(self, record, action, role, comment="", **values):
        given = {"scope": self.scopes[role], "now": NOW, "comment": comment}
        return record_act(record, action, values=values, **given).record

    def due(self, market="beijing", year=2024, verified_t=None, **values):
        made = self.open(
            "obligation", **({"market": market, "year": year, "due_date": "2025-10-31"} | values)
        )
        return made if verified_t is None else self.verified(made, verified_t)

    def verified(self, due, verified_t):
        due = self.act(due, "report", "data_owner", reported_t=verified_t)
        return self.act(due, "verify", "verifier", verified_t=verified_t)

    def allocate(self, due, amount_t, issued="2024-07-15", **values):
        given = {"obligation": due, "kind": "free", "amount_t": amount_t}
        made = self.open("allocation", **(given | values))
        return self.act(made, "issue", "reviewer", issued_date=issued)

    def trade(self, amount_t, price_cny=100, *, on="2024-09-20", fee_cny=0, **values):
        usual = {"market": "beijing", "kind": "allowance", "vintage": 2024, "side": "buy"}
        made = self.open("trade", amount_t=amount_t, **(usual | values))
        self.act(made, "propose", "data_owner")
        self.act(made, "approve", "reviewer")
        told = {"price_cny": price_cny, "fee_cny": fee_cny, "trade_date": on}
        return self.act(made, "settle", "programme_manager", **told)

    def surrender(self, due, amount_t, kind="allowance", vintage=2024, on="2025-08-20"):
        given = {"obligation": due, "kind": kind, "vintage": vintage, "amount_t": amount_t}
        made = self.open("surrender", **given)
        self.act(made, "propose", "data_owner")
        return self.act(made, "surrender", "programme_manager", surrendered_date=on)


@pytest.fixture
def rules_file(settings, tmp_path):
    """A function that enters a rule of the operator's own, which holds for one test."""
    settings.HOME = tmp_path / "home"
    folder = settings.HOME / "catalogue" / "carbon_market"
    folder.mkdir(parents=True)
    rows = []

    def enter(market, rule, value, status="second_hand", from_year=2024):
        rows.append(
            f'[[rules]]\nmarket = "{market}"\nrule = "{rule}"\nfrom_year = {from_year}\n'
            f'value = {value}\nknown_from = 2025-01-01\nstatus = "{status}"\nsource = "test"\n'
        )
        (folder / "rules.toml").write_text("\n".join(rows))
        markets._read.cache_clear()

    yield enter
    markets._read.cache_clear()
