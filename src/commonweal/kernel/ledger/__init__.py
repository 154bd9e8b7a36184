"""The ledger: double entry for anything that is counted and handed on."""
