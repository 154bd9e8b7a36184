"""Every address of the site by name, and an example of each."""

from django.urls import get_resolver, reverse
from django.urls.exceptions import NoReverseMatch


def names(resolver=None, space=""):
    """The name of every address; families keep theirs in front (``admin:index``)."""
    for entry in (resolver or get_resolver()).url_patterns:
        if hasattr(entry, "url_patterns"):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from names(entry, inner)
        else:
            yield f"{space}{entry.name}"


def of_site():
    """Names outside of families, each once."""
    return sorted({name for name in names() if ":" not in name})


def of_admin():
    return sorted({name for name in names() if name.startswith("admin:") and "None" not in name})


def examples(record, other, file, fact):
    """What stands in the places of an address; ``record`` is at the inside node."""
    kind = {"programme": "donations", "model": "donation"}
    one = {**kind, "pk": record.pk}
    by_name = {
        "node": {"code": "GD"},
        "report": {"report_id": "donations"},
        "indicator": {"indicator_id": "electricity_use"},
        "fact": {"fact_id": fact},
        "proof": {"fact_id": fact},
        "evidence": {"fact_id": fact},
        "rows": {"kind": "node", "code": "GD"},
        "source": {"pk": 1},
        "programme": {"programme_id": "donations"},
        "figures": {"programme_id": "donations"},
        "programme_page": {"programme_id": "energy_saving", "page_id": "plans"},
        "public": {"programme_id": "donations"},
        "view_drop": {**kind, "pk": 1},
        "import_step": {**kind, "key": "none"},
        "import_rejects": {**kind, "key": "none"},
        "records_template": {**kind, "form": "csv"},
        "records_export": {**kind, "form": "csv"},
        "record_do": {**one, "action": "pledge"},
        "record_merge": {**one, "other": other.pk},
        "record_file": {**one, "file": file.pk},
        "open_indicator": {"indicator_id": "electricity_use"},
        "open_indicator_table": {"indicator_id": "electricity_use", "name": "table.csv"},
        "open_edition": {"code": "none", "name": "none.pdf"},
        "open_table": {"name": "indicators.csv"},
        "receipt_do": {"action": "none"},
        "job": {"pk": record.pk},
        "job_ask": {"kind": "compute"},
        "job_do": {"pk": record.pk, "action": "cancel"},
        "job_download": {"pk": record.pk, "name": "none.pdf"},
        "openid_connect_login": {"provider_id": "sso"},
        "openid_connect_callback": {"provider_id": "sso"},
        "mfa_remove_webauthn": {"pk": 1},
        "mfa_edit_webauthn": {"pk": 1},
        "token_end": {"pk": 1},
    }
    job = {"pk": "00000000-0000-7000-8000-000000000000"}
    by_name |= {"job": job, "job_do": {**job, "action": "cancel"}, "job_ask": {"kind": "compute"}}
    by_name |= {"job_download": {**job, "name": "report.pdf"}}
    of_records = "record_new records_act view_save records_import records"
    of_record = "record record_edit record_comment record_assign record_restore record_unmerge"
    by_name |= dict.fromkeys(of_records.split(), kind)
    by_name |= dict.fromkeys([*of_record.split(), "record_attach"], one)
    return by_name


def address_of(name, given):
    """An address by its name; the suite fails where there is no example for its places."""
    try:
        return reverse(name, kwargs=given.get(name, {}))
    except NoReverseMatch as fault:
        message = f"{name} has places to fill: add an example to tests/access/addresses.py"
        raise AssertionError(message) from fault


def admin_address(name, key):
    """An address of the administration, about the row of this key where it is about one."""
    for kwargs in ({}, {"object_id": key}, {"app_label": "accounts"}, {"id": 1}):
        try:
            return reverse(name, kwargs=kwargs)
        except NoReverseMatch:
            continue
    return reverse(name, args=[1, key])


def api_address(name, house):
    """An address of the API, its places filled from the site's examples."""
    given = {
        "programme": "donations", "model": "donation", "record_id": house.record.pk,
        "action": "pledge", "indicator_id": "electricity_use", "type_id": "donations.donation",
        "dataset_id": "electricity_bills", "source_id": 1, "report_id": "donations",
        "form": "json", "number": 1, **house.examples["fact"],
    }  # fmt: skip
    return reverse_with(name, given)


def reverse_with(name, given):
    """Reverse an address with those of the values that it has places for."""
    space, _, own = name.partition(":")
    resolver = next(
        each for each in walked(get_resolver()) if getattr(each, "namespace", "") == space
    )
    places = {
        place for found in resolver.reverse_dict.getlist(own) for _t, p in found[0] for place in p
    }
    return reverse(name, kwargs={key: value for key, value in given.items() if key in places})


def walked(resolver):
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            yield entry
            yield from walked(entry)
