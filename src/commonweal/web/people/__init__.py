"""Signing in, second factors, single sign-on, and the page of one's own account."""
