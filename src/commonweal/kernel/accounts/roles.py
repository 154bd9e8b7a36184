"""Roles, and which classes of privacy each may read.

A role is granted over a node and holds for its whole subtree. What a role may *do* stands in each
programme's table of transitions; what it may *read* stands here, once, for every interface.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    """What a person is for a part of the organisation."""

    VIEWER = "viewer", _("viewer")
    DATA_OWNER = "data_owner", _("data owner")
    REVIEWER = "reviewer", _("reviewer")
    ENGINEER = "engineer", _("engineer")
    PROGRAMME_MANAGER = "programme_manager", _("programme manager")
    VERIFIER = "verifier", _("verifier")
    BOARD = "board", _("board")
    ADMINISTRATOR = "administrator", _("administrator")


class Privacy(models.TextChoices):
    """Who may read a record: everybody, staff, those who work with it, those who decide on it."""

    PUBLIC = "public", pgettext_lazy("privacy", "public")
    INTERNAL = "internal", pgettext_lazy("privacy", "internal")
    PERSONAL = "personal", pgettext_lazy("privacy", "personal")
    CONFIDENTIAL = "confidential", pgettext_lazy("privacy", "confidential")


_STAFF: Final = frozenset({Privacy.PUBLIC.value, Privacy.INTERNAL.value})
_HANDLING: Final = _STAFF | {Privacy.PERSONAL.value}
_ALL: Final = frozenset(Privacy.values)

CLEARANCE: Final = {
    Role.VIEWER.value: _STAFF,
    Role.ENGINEER.value: _STAFF,
    Role.BOARD.value: _STAFF,
    Role.DATA_OWNER.value: _HANDLING,
    Role.REVIEWER.value: _ALL,
    Role.PROGRAMME_MANAGER.value: _ALL,
    Role.VERIFIER.value: _ALL,
    Role.ADMINISTRATOR.value: _STAFF,  # who runs the system need not read what people confide
}
