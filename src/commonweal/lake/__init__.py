"""Measurements: declared schemas, immutable Parquet segments, a manifest, queries."""
