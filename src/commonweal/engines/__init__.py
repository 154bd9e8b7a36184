"""Pure numerics: arrays in, frozen results out; no framework, no files, no clock."""
