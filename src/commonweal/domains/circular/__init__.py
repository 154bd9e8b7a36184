"""Circular use: assets redeployed, traded in, auctioned, disposed of safely."""
