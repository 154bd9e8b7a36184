"""Acting on an approved plan, safely: edits, adapters, guards, journal, holds, and why."""
