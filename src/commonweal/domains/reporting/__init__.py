"""Reporting: editions of reports, from the draft to what anybody may check and take along."""
