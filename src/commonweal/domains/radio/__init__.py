"""Radio access: cells asleep when nobody needs them, with their quality guarded."""
