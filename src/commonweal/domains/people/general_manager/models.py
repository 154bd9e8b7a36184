"""Hearings of a leader, and the issues that staff raise there."""

from django.db import models

from commonweal.kernel.org.models import Node
from commonweal.kernel.programmes.models import Record


class Hearing(Record):
    """One session at which a leader answers whoever asks."""

    theme = models.CharField(max_length=200)
    held_date = models.DateField()
    place = models.CharField(max_length=200)
    leader = models.CharField(max_length=100)
    n_participants = models.PositiveIntegerField(null=True, blank=True)


class Issue(Record):
    """One thing that somebody asked; who asked is the owner, or nobody knows."""

    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="issues")
    topic = models.CharField(max_length=32)
    text = models.TextField()
    is_anonymous = models.BooleanField(default=False)
    answer = models.TextField(blank=True)
    handler = models.CharField(max_length=100, blank=True)
    escalated_to = models.ForeignKey(Node, models.PROTECT, related_name="+", null=True, blank=True)
    n_reopened = models.PositiveSmallIntegerField(default=0)
