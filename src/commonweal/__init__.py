"""Commonweal: measure, account, plan, act, verify and disclose a network operator's footprint."""

__version__ = "0.1.0"
