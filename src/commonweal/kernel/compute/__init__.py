"""From lake and records to facts: one pass per dataset, factors, roll-up, formulas."""
