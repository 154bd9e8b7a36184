"""A small operator whose radio network was planned, acted on and verified as the demo's is."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model

from commonweal.domains.radio.energy_saving import demo
from commonweal.kernel.accounts.models import Grant
from commonweal.kernel.accounts.roles import Role
from commonweal.kernel.accounts.scopes import Principal, Scope
from commonweal.kernel.org.models import Node
from commonweal.kernel.org.services import boundary_set
from commonweal.kernel.org.services.nodes import node_create
from commonweal.kernel.org.services.sites import site_create

_SPANS = {
    "actor": "test",
    "now": datetime(2024, 1, 2, tzinfo=UTC),
    "from_date": date(2024, 1, 1),
}
_WHO = ("data_owner", "reviewer", "programme_manager", "verifier")


def _scope(name):
    return Scope(f"test:{name}", (Principal(None, name, dict.fromkeys(Role.values)),))


@pytest.fixture
def group(db):
    """Two provinces with a base station or two each."""
    names = dict.fromkeys(("zh-hant", "zh-hans", "en"), "Operator")
    node_create(code="all", kind="group", place="CN", names=names, **_SPANS)
    boundary_set(
        code="operational",
        names=names,
        approach="operational_control",
        actor="test",
        now=_SPANS["now"],
    )
    for province, n_sites in (("GD", 2), ("ZJ", 1)):
        place, spans = f"CN-{province}", _SPANS | {"parent": "all"}
        names = dict.fromkeys(("zh-hant", "zh-hans", "en"), province)
        node_create(code=province, kind="province", place=place, names=names, **spans)
        for number in range(1, n_sites + 1):
            code = f"S-{province}-{number:06d}"
            site_create(code=code, kind="macro", node=province, place=place, **_SPANS)
    return Node.objects.get(code="all")


@pytest.fixture
def home(tmp_path, settings):
    """A home of its own: plans, journals and counterfactuals lie there."""
    settings.HOME = tmp_path / "home"
    return settings.HOME


@pytest.fixture
def lived(group, home, tmp_path):
    """Two weeks of the demo's network."""
    scopes = {name: _scope(name) for name in _WHO}
    demo.build(scopes=scopes, nodes={"group": group}, folder=tmp_path)


@pytest.fixture
def reviewer(client, group):
    """A client of somebody who reviews for the whole."""
    user = get_user_model().objects.create_user("rui")
    Grant.objects.create(user=user, role="reviewer", node=group, valid_from="2020-01-01")
    client.force_login(user)
    return client
