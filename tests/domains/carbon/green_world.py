"""What the tests of green power share: people, short words for records, and the plain sums."""

from datetime import UTC, datetime, timedelta

from commonweal.domains.carbon.green_power.models import Batch
from commonweal.kernel.ledger.models import Balance
from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.registry import record_type
from commonweal.kernel.programmes.services import record_act, record_open
from tests.domains.giving.test_donations import scope

NOW = datetime(2024, 6, 3, 2, 0, tzinfo=UTC)
ROLES = ("data_owner", "reviewer", "programme_manager")
CONTRACT = {
    "kind": "traded",
    "seller": "wind company",
    "plant": "wind 1",
    "place": "CN-HE",
    "technology": "wind",
    "supply_from": "2024-01-01",
    "supply_until": "2025-01-01",
    "energy_mwh": "1000",
}


def node(code, place):
    names = {f"name_{language}": code for language in ("zh_hant", "zh_hans", "en")}
    return Node.objects.create(code=code, kind="province", place=place, **names)


class World:
    """Units and people; each action a second after the one before."""

    def __init__(self, now=NOW):
        self.now = now
        self.scopes = {name: scope(name) for name in ROLES}

    def open(self, name, node="BJ", **values):
        return record_open(
            record_type(f"green_power.{name}"),
            node=node,
            values=values,
            scope=self.scopes["data_owner"],
            now=self.now,
        )

    def act(self, record, action, comment="", **values):
        self.now += timedelta(seconds=1)
        kind = record_type(f"green_power.{record._meta.model_name}")
        role = kind.spec.transition(action).role
        found = record_act(
            record,
            action,
            scope=self.scopes[role],
            now=self.now,
            values=values,
            comment=comment,
        )
        return found.record

    def contract(self, **values):
        opened = self.open("contract", **CONTRACT | values)
        return self.act(self.act(opened, "propose"), "approve")

    def proposed_batch(self, contract, mwh=100, month="2024-03-01", **values):
        values |= {"contract": contract, "generated_month": month, "energy_mwh": mwh}
        return self.act(self.open("batch", **values), "propose")

    def batch(self, contract=None, **values):
        return self.act(self.proposed_batch(contract or self.contract(), **values), "issue")

    def claim(self, batch, mwh, node="BJ", **values):
        terms = {"use_from": "2024-03-01", "use_until": "2024-04-01", "scheme": "report"}
        return self.open("claim", node=node, **terms | values, batch=batch, energy_mwh=mwh)

    def claimed(self, batch, mwh, **values):
        return self.act(self.act(self.claim(batch, mwh, **values), "propose"), "approve")

    def handed(self, batch, mwh, to):
        opened = self.open("handover", batch=batch, to_node=to, energy_mwh=mwh)
        return self.act(self.act(opened, "propose"), "approve")


def sums_kwh(batch):
    """What the ledger says of a batch: issued, held, reserved, claimed, expired."""
    batch = Batch.objects.get(pk=batch.pk)
    start = f"green:{batch.code}:"
    found = {
        each.account.code.removeprefix(start): each
        for each in Balance.objects.filter(account__code__startswith=start)
    }
    fixed = {name: found.pop(name).balance for name in ("issued", "claimed", "expired")}
    reserved = sum(each.reserved for each in found.values())
    return {
        **fixed,
        "issued": -fixed["issued"],
        "reserved": reserved,
        "held": sum(each.balance for each in found.values()) - reserved,
    }
