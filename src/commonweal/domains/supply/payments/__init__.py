"""Payments to small suppliers: every invoice against its legal due date and the bank's register."""
