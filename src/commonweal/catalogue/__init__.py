"""Indicators, carriers and factors as dated definitions with sources; their reader and compiler."""
