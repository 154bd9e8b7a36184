"""Which layers sleep when: policy, the run by province, the store of plans."""
