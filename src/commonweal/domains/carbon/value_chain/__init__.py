"""Scope 3: what is bought, travelled, leased and sold; footprints that suppliers send."""
