"""Turns a bound mention into a printed figure; what is not known is printed as no data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Sum

from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.disclosure.charts import Scene, ranked
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.mentions import Mention, direction_words
from commonweal.kernel.disclosure.paths import path_value, target_of, target_quantity
from commonweal.kernel.disclosure.tree import Figure, Span, Text
from commonweal.kernel.disclosure.wording import (
    NO_DATA,
    instant_text,
    number_text,
    percent_text,
    period_text,
    quantity_text,
    rounded,
    scaled,
)
from commonweal.lake.models import Source
from commonweal.periods import Period, period

if TYPE_CHECKING:
    from decimal import Decimal

    from commonweal.kernel.disclosure.definitions import ReportSpec
    from commonweal.kernel.facts.models import Batch, Fact
    from commonweal.kernel.org.models import Boundary

_UNIT_DECIMALS = 2  # of a value in a unit that is not the fact's own


def mention_period(mention: Mention, reported: Period, key: str = "at") -> Period:
    """Return the period that a mention is about.

    Raises:
        DefinitionError: It is written in no known form.
    """
    match mention.option(key, "year_before" if key == "against" else ""):
        case "":
            return reported
        case "year_before":
            return reported.year_before
        case written:
            try:
                return period(written)
            except InputError as fault:
                raise DefinitionError(f"{mention.place}: {fault}", hint=fault.hint) from fault


@dataclass(frozen=True)
class Resolver:
    """Binds mentions for one report."""

    scene: Scene
    spec: ReportSpec
    boundary: Boundary
    batch: Batch | None

    def span(self, mention: Mention) -> Span:  # noqa: PLR0911 - one answer for each name
        """Return what is printed for a mention."""
        scene, language = self.scene, self.scene.language
        match mention.name:
            case "period":
                return Text(period_text(mention_period(mention, scene.period), language))
            case "node":
                return Text(node_name(scene.node, language))
            case "boundary":
                return Text(node_name(self.boundary, language))
            case "as_of":
                return Text(instant_text(self.scene.as_of, language))
            case "lake":
                return self._lake(mention.option("show", "files"))
            case "log":
                return self._log(mention.option("show", "size"))
            case "rank":
                return self._rank(mention)
            case "target":
                return self._target(mention)
            case _:
                return self._indicator(mention)

    def _no_data(self, *facts: Fact | None) -> Figure:
        ids = tuple(fact.pk for fact in facts if fact is not None)
        return Figure(NO_DATA[self.scene.language], ids, has_data=False)

    def _indicator(self, mention: Mention) -> Figure:
        scene = self.scene
        fact = scene.known.get(mention.name, scene.node.code, mention_period(mention, scene.period))
        if fact is None or fact.value is None:
            return self._no_data(fact)
        match mention.option("show", "value"):
            case "change":
                return self._change(mention, fact)
            case "estimated":
                if fact.estimated_share is None:
                    return self._no_data(fact)
                places = int(mention.option("decimals", "1"))
                return Figure(
                    percent_text(fact.estimated_share, places, scene.language), (fact.pk,)
                )
            case show:
                return self._value(mention, fact, has_unit=show == "value")

    def _value(self, mention: Mention, fact: Fact, *, has_unit: bool = True) -> Figure:
        assert fact.value is not None  # noqa: S101 - callers have dealt with no data
        unit = mention.option("unit", fact.unit)
        places = fact.decimals if unit == fact.unit else _UNIT_DECIMALS
        places = int(mention.option("decimals", str(places)))
        value = scaled(fact.value, fact.unit, unit)
        if mention.option("words"):
            return self._worded(mention, value, places, (fact.pk,))
        text = (
            quantity_text(value, unit, places, self.scene.language)
            if has_unit
            else number_text(value, places)
        )
        return Figure(text, (fact.pk,), sort_key=value)

    def _change(self, mention: Mention, fact: Fact) -> Figure:
        scene = self.scene
        base_period = mention_period(mention, scene.period, "against")
        base = scene.known.get(mention.name, scene.node.code, base_period)
        if base is None or not base.value or fact.value is None:
            return self._no_data(fact, base)
        share = (fact.value - base.value) / base.value
        places = int(mention.option("decimals", "1"))
        return self._worded(mention, share, places, (fact.pk, base.pk))

    def _worded(
        self, mention: Mention, share: Decimal, places: int, ids: tuple[int, ...]
    ) -> Figure:
        """Print a change with its direction word, which follows the sign after rounding."""
        written = mention.option("words") or self.spec.directions[self.scene.language]
        up, down, same = direction_words(written)
        printed = rounded(share * 100, places)
        if not printed:
            return Figure(same, ids, sort_key=share)
        amount = percent_text(abs(share), places, self.scene.language)
        gap = " " if self.scene.language == "en" else ""
        return Figure(f"{up if printed > 0 else down}{gap}{amount}", ids, sort_key=share)

    def _rank(self, mention: Mention) -> Span:
        of, index = mention.option("of"), int(mention.option("place", "1")) - 1
        found = ranked(of, self.scene)
        if not 0 <= index < len(found):
            return self._no_data()
        node, fact = found[index]
        if mention.option("show", "name") == "value":
            return self._value(mention, fact)
        return Figure(node_name(node, self.scene.language), (fact.pk,))

    def _target(self, mention: Mention) -> Span:  # noqa: PLR0911 - one answer for each view
        scene, language = self.scene, self.scene.language
        found = target_of(mention.option("of"), scene)
        if found is None:
            return self._no_data()
        show, ids = mention.option("show", "status"), found.fact_ids
        match show:
            case "status":
                return Figure(self.spec.status[found.status.value][language], ids)
            case "base_period":
                return Text(period_text(period(found.target.base_period), language))
            case "end_period":
                return Text(period_text(period(found.target.target_period), language))
            case "change":
                if found.change_share is None:
                    return self._no_data()
                places = int(mention.option("decimals", "1"))
                return self._worded(mention, found.change_share, places, ids[-1:] + ids[:-1])
        value = {
            "base": found.base_value,
            "end": found.end_value,
            "path": path_value(found, scene.period.start_date.year),
        }[show]
        if value is None:
            return self._no_data()
        return Figure(target_quantity(found, value, language), ids[:1], sort_key=value)

    def _lake(self, show: str) -> Figure:
        totals = Source.objects.filter(known_at__lte=self.scene.as_of).aggregate(
            files=Count("pk"), accepted=Sum("n_accepted"), rejected=Sum("n_rejected")
        )
        return Figure(f"{totals[show] or 0:,}", target="data")

    def _log(self, show: str) -> Figure:
        if self.batch is None:
            return self._no_data()
        text = f"{self.batch.tree_size:,}" if show == "size" else self.batch.root_hash
        return Figure(text, target="log")
