"""Index tables tell what answers a paragraph, and call a gap a gap."""

from commonweal.catalogue import catalogue
from commonweal.catalogue.frameworks import frameworks
from commonweal.kernel.disclosure.renderings.standards import standards_of


def paragraph(standards, framework, number):
    found = next(each for each in standards if each.id == framework)
    return next(each for each in found.paragraphs if each.id == number)


def test_figures_of_the_period_answer_a_paragraph(build):
    standards = standards_of(build())
    energy = paragraph(standards, "gri", "302-3")
    answer = next(each for each in energy.answers if each.indicator == "energy_per_traffic")

    assert energy.state == "reported"
    assert answer.value.endswith("kgce/TB")
    assert answer.fact_id


def test_what_nothing_answers_is_a_gap(build):
    standards = standards_of(build())

    assert paragraph(standards, "ifrs_s2", "29(f)").state == "gap"
    assert paragraph(standards, "ifrs_s2", "29(f)").answers == ()
    assert paragraph(standards, "gri", "303-5").state == "no_data"
    assert paragraph(standards, "hkex", "B7").state == "in_words"
    assert all(each.count("gap") > 0 for each in standards if each.id in {"hkex", "ifrs_s2"})


def test_every_number_that_indicators_name_is_a_paragraph_that_is_listed():
    named = {
        (framework, number)
        for indicator in catalogue().indicators.values()
        for framework, numbers in indicator.frameworks.items()
        for number in numbers
    }
    listed = {(f.id, each.id) for f in frameworks().values() for each in f.paragraphs}

    assert len(named) > 30
    assert named - listed == set()


def test_labels_are_our_own_short_words_in_three_languages():
    labels = [each.label for f in frameworks().values() for each in f.paragraphs]

    assert len(labels) > 100
    assert all(len(label["en"]) <= 60 for label in labels)
    assert all(set(label) == {"zh-hant", "zh-hans", "en"} for label in labels)
