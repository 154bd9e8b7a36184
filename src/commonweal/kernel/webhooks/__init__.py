"""Webhooks: other programs are told what happened, signed, until they say that they heard."""
