"""Turns a bound mention into a printed figure; what is not known is printed as no data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, cast

from django.db.models import Count, Sum

from commonweal.catalogue import catalogue
from commonweal.errors import DefinitionError, InputError
from commonweal.kernel.disclosure.charts import Scene, ranked
from commonweal.kernel.disclosure.known import node_name
from commonweal.kernel.disclosure.magnitudes import sized_text
from commonweal.kernel.disclosure.mentions import Mention, direction_words
from commonweal.kernel.disclosure.paths import path_value, target_of, target_quantity
from commonweal.kernel.disclosure.tree import Figure, Span, Text
from commonweal.kernel.disclosure.wording import (
    NO_DATA,
    NO_TARGET,
    PLANNED,
    instant_text,
    percent_text,
    period_text,
    quantity_text,
    rounded,
    scaled,
    unit_text,
)
from commonweal.lake.models import Source
from commonweal.periods import Period, period

if TYPE_CHECKING:
    from commonweal.kernel.disclosure.definitions import ReportSpec
    from commonweal.kernel.disclosure.magnitudes import Style
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


def since_years(mention: Mention, reported: Period) -> tuple[Period, ...]:
    """Return the years from ``from=`` up to the one that is reported on.

    Raises:
        DefinitionError: ``from`` is no year.
    """
    written = mention.option("from")
    if not written:
        return ()
    if not written.isdecimal():
        raise DefinitionError(f"{mention.place}: from={written} is no year")
    last = (reported.end_date - timedelta(days=1)).year
    return tuple(period(str(year)) for year in range(int(written), last + 1))


@dataclass(frozen=True)
class Resolver:
    """Binds mentions for one report."""

    scene: Scene
    spec: ReportSpec
    boundary: Boundary
    batch: Batch | None

    def span(self, mention: Mention, *, in_text: bool = False) -> Span:
        """Return what is printed for a mention; running text may choose a magnitude."""
        of, at = mention.option("of"), mention_period(mention, self.scene.period)
        for name in filter(catalogue().indicators.get, (of, mention.name)):
            is_planned = catalogue().indicators[name].status == "planned"
            if is_planned and self._fact(mention, at, name) is None:  # nobody declared it, either
                return Text(PLANNED[self.scene.language], indicator=name)
        found = self._span(mention, in_text=in_text)
        if isinstance(found, Figure) and mention.name in catalogue().indicators:
            return replace(found, indicator=mention.name)
        return found

    def _span(self, mention: Mention, *, in_text: bool) -> Span:  # noqa: PLR0911 - one for each name
        scene, language = self.scene, self.scene.language
        match mention.name:
            case "period":
                return Text(period_text(mention_period(mention, scene.period), language))
            case "node":
                return self._node(mention)
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
                return self._indicator(mention, in_text=in_text)

    def _no_data(self, *facts: Fact | None) -> Figure:
        ids = tuple(fact.pk for fact in facts if fact is not None)
        return Figure(NO_DATA[self.scene.language], ids, has_data=False)

    def _fact(self, mention: Mention, at: Period, name: str = "") -> Fact | None:
        """Return the fact of a mention, or of another indicator for the same node."""
        code = mention.option("node", self.scene.node.code)
        if code != self.scene.node.code and code not in self.scene.parts:
            return None  # a report says nothing of what is not part of whom it is about
        return self.scene.known.get(name or mention.name, code, at)

    def _node(self, mention: Mention) -> Span:
        code = mention.option("node", self.scene.node.code)
        found = {self.scene.node.code: self.scene.node, **self.scene.parts}.get(code)
        if found is None:
            return self._no_data()
        return Text(node_name(found, self.scene.language))

    def _indicator(  # noqa: PLR0911 - one answer for each view
        self, mention: Mention, *, in_text: bool
    ) -> Figure:
        scene = self.scene
        fact = self._fact(mention, mention_period(mention, scene.period))
        if fact is None or fact.value is None:
            return self._no_data(fact)
        match mention.option("show", "value"):
            case "change":
                return self._change(mention, fact)
            case "difference":
                return self._difference(mention, fact)
            case "share":
                return self._share(mention, fact)
            case "since":
                return self._since(mention, fact, in_text=in_text)
            case "estimated":
                if fact.estimated_share is None:
                    return self._no_data(fact)
                places = int(mention.option("decimals", "1"))
                return Figure(
                    percent_text(fact.estimated_share, places, scene.language), (fact.pk,)
                )
            case _:
                return self._value(mention, fact, in_text=in_text)

    def _value(
        self, mention: Mention, fact: Fact, value: Decimal | None = None, *, in_text: bool = False
    ) -> Figure:
        """Print a fact's value, or another one in its unit."""
        value = fact.value if value is None else value
        assert value is not None  # noqa: S101 - callers have dealt with no data
        unit = mention.option("unit", fact.unit)
        places = fact.decimals if unit == fact.unit else _UNIT_DECIMALS
        places = int(mention.option("decimals", str(places)))
        value = scaled(value, fact.unit, unit)
        if mention.option("words"):
            return self._worded(mention, value, places, (fact.pk,))
        chosen = mention.option("magnitude", self.spec.magnitude if in_text else "none")
        text = sized_text(
            value,
            unit,
            places,
            language=self.scene.language,
            style=cast("Style | None", mention.options.get("as")),
            is_scaled=chosen == "auto" and not {"unit", "decimals"} & mention.options.keys(),
            has_unit=mention.option("show") != "number",
        )
        return Figure(text, (fact.pk,), sort_key=value)

    def _base(self, mention: Mention) -> Fact | None:
        return self._fact(mention, mention_period(mention, self.scene.period, "against"))

    def _change(self, mention: Mention, fact: Fact) -> Figure:
        base = self._base(mention)
        if base is None or not base.value or fact.value is None:
            return self._no_data(fact, base)
        share = (fact.value - base.value) / base.value
        places = int(mention.option("decimals", "1"))
        return self._worded(mention, share, places, (fact.pk, base.pk))

    def _difference(self, mention: Mention, fact: Fact) -> Figure:
        """Print by how much a value rose or fell; a share rises by percentage points."""
        base = self._base(mention)
        if base is None or base.value is None or fact.value is None:
            return self._no_data(fact, base)
        is_share = fact.unit == "percent" or not unit_text(fact.unit, "en")
        points = "percentage_point" if is_share else fact.unit
        unit = mention.option("unit", points)
        difference = scaled(fact.value - base.value, fact.unit, unit)
        places = int(mention.option("decimals", str(fact.decimals)))
        amount = quantity_text(abs(difference), unit, places, self.scene.language)
        is_same = not rounded(difference, places)
        return self._directed(
            mention, 0 if is_same else difference, amount, (fact.pk, base.pk), difference
        )

    def _share(self, mention: Mention, fact: Fact) -> Figure:
        whole = self._fact(
            mention, mention_period(mention, self.scene.period), mention.option("of")
        )
        if whole is None or not whole.value or fact.value is None:
            return self._no_data(fact, whole)
        share = scaled(fact.value, fact.unit, whole.unit) / whole.value
        places = int(mention.option("decimals", "1"))
        text = percent_text(share, places, self.scene.language)
        return Figure(text, (fact.pk, whole.pk), sort_key=share)

    def _since(self, mention: Mention, last: Fact, *, in_text: bool) -> Figure:
        """Add up a flow over calendar years; a year that is not known leaves no sum."""
        facts = [self._fact(mention, each) for each in since_years(mention, self.scene.period)]
        known = [fact for fact in facts if fact is not None and fact.value is not None]
        if not facts or len(known) < len(facts):
            return self._no_data(*facts)
        total = sum(scaled(fact.value or Decimal(0), fact.unit, last.unit) for fact in known)
        printed = self._value(mention, last, Decimal(total), in_text=in_text)
        return replace(printed, fact_ids=tuple(fact.pk for fact in reversed(known)))

    def _worded(
        self, mention: Mention, share: Decimal, places: int, ids: tuple[int, ...]
    ) -> Figure:
        """Print a change with its direction word, which follows the sign after rounding."""
        amount = percent_text(abs(share), places, self.scene.language)
        return self._directed(mention, rounded(share * 100, places), amount, ids, share)

    def _directed(
        self,
        mention: Mention,
        direction: Decimal | Literal[0],
        amount: str,
        ids: tuple[int, ...],
        key: Decimal,
    ) -> Figure:
        written = mention.option("words") or self.spec.directions[self.scene.language]
        up, down, same = direction_words(written)
        if not direction:
            return Figure(same, ids, sort_key=key)
        gap = " " if self.scene.language == "en" else ""
        return Figure(f"{up if direction > 0 else down}{gap}{amount}", ids, sort_key=key)

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
            return Figure(NO_TARGET[language], has_data=False)
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
