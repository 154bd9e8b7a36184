"""What a hundred programmes share: records in an envelope, flows, clocks, import, merging.

A programme is a folder ``domains/<domain>/<programme>`` with ``programme.toml``, ``models.py``, one
``records/<model>.toml`` for each type of record, and what else it needs.
"""
