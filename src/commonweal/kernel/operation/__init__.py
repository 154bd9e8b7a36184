"""Running the platform: backup and restore, what the doctor looks at, what is measured."""
