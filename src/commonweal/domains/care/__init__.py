"""Care: service for elderly and disabled people."""
