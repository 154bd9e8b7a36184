"""The pages of collection, water and waste as a browser gets them, in every language."""

import pytest
from django.contrib.auth import get_user_model
from django.utils.translation import override

from commonweal.domains.carbon.collection import demo as statements
from commonweal.domains.carbon.waste import demo as transfers
from commonweal.domains.carbon.water import demo as waters
from commonweal.kernel.compute.services import compute
from commonweal.kernel.org.services import site_create
from commonweal.periods import period
from tests.domains.carbon.collection_world import SCOPES, nodes_make

PAGES = {
    "/programmes/collection/pages/progress/": "ST-2025-00003",
    "/programmes/collection/pages/statement/?of=ST-2025-00004": "2024-H2",
    "/programmes/collection/pages/statement/?of=ST-1": "ST-2025-0",
    "/programmes/water/pages/balance/?period=2024": 'data-chart="chart-water"',
    "/programmes/waste/pages/manifests/?period=2024": "HW31 900-052-31",
    "/programmes/collection/": "programmes/collection/statement/",
    "/programmes/water/": "programmes/water/flow/",
    "/programmes/waste/": "programmes/waste/transfer/",
}


@pytest.fixture
def demos(db, tmp_path):
    """What the three demos bring, for seven provinces and one data centre."""
    nodes = nodes_make()
    by = {"data_owner": "lin", "reviewer": "wang", "board": "luo", "programme_manager": "chen"}
    scopes = {role: SCOPES[name] for role, name in by.items()}
    now = waters.KNOWN_AT
    since = waters._MONTHS[0]
    site_create(code="S", kind="data_centre", node="north", from_date=since, actor="test", now=now)
    for demo in (statements, waters, transfers):
        demo.build(scopes=scopes, nodes=nodes, folder=tmp_path)
    compute([period("2024")], boundary="operational", actor="test", now=now)


@pytest.mark.django_db
def test_every_page_is_shown_in_three_languages(demos, client):
    client.force_login(get_user_model().objects.create_superuser("root"))
    for language in ("en", "zh-hant", "zh-hans"):
        client.cookies["django_language"] = language
        for address, found in PAGES.items():
            with override(language):
                answer = client.get(address)
            assert answer.status_code == 200, address
            assert found in answer.content.decode(), (language, address)
