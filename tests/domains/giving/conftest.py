"""The operator's group, where programmes are run."""

import pytest

from commonweal.kernel.org.models import Node


@pytest.fixture
def group(db):
    return Node.objects.create(
        code="group",
        kind="group",
        place="CN",
        name_zh_hant="集團",
        name_zh_hans="集团",
        name_en="Group",
    )
