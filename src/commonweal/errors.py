"""Errors that Commonweal raises on purpose.

    CommonwealError
    ├── InputError          a call, a file or a row breaks a stated rule           (fix the input)
    ├── DefinitionError     a catalogue file is wrong or lacks something           (fix the file)
    └── StateError          the action is not allowed in the present state         (ask a person)

Anything else that escapes is a bug. A use-case defines its own subclass next to the function that
raises it; this module holds only the roots, so that an interface can map each to one status
(HTTP 422, 500, 409; exit code 3, 4, 5) without knowing any domain.
"""


class CommonwealError(Exception):
    """Root of every anticipated error; ``hint`` says what to do next."""

    exit_code = 1
    http_status = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the sentence (value, rule, place) apart from the hint."""
        super().__init__(message)
        self.hint = hint


class InputError(CommonwealError, ValueError):
    """Arguments, a file or a row break a rule that is written down."""

    exit_code = 3
    http_status = 422


class DefinitionError(CommonwealError):
    """A definition file in the catalogue is malformed, inconsistent or lacks what is asked."""

    exit_code = 4
    http_status = 500


class StateError(CommonwealError):
    """The requested action is not allowed in the present state."""

    exit_code = 5
    http_status = 409
