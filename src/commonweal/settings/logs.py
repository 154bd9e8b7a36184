"""Logs: for people at a terminal, JSON lines for machines, and never a value that is somebody's.

A line has the time, level, logger, message, the number of the request and, of an exception, its
kind and the places it went through. Its message stays out: that may hold what somebody typed.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

request_id: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""Number of the request that this thread answers; empty outside of one."""
_FRAMES: Final = 12


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := request_id.get():
            line["request"] = number
        line |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-_FRAMES:]
            line["places"] = [f"{each.filename}:{each.lineno} {each.name}" for each in frames]
        return json.dumps(line, ensure_ascii=False, default=str)


def logging_settings(*, debug: bool) -> dict[str, Any]:
    """Return Django's ``LOGGING``: JSON lines, unless a person looks on."""
    is_seen = debug or sys.stderr.isatty()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
            "json": {"()": "commonweal.settings.logs.JsonLines"},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "plain" if is_seen else "json",
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "commonweal": {"level": "INFO"},
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
