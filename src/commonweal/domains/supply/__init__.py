"""Supply chain: suppliers checked, listed, paid, and bought from centrally."""
