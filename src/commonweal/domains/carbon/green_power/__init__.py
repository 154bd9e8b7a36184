"""Green power: contracts, certificates and claims; each MWh and each certificate is spent once."""
