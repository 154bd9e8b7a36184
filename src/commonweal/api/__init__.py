"""The API: the same records, figures and files for programs, under ``/api/v1/``."""
