"""Pages where people work: my queue, lists, a record, its forms, and files of records."""
