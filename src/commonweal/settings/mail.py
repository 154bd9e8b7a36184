"""Settings of mail: who takes it, and whose name it bears; without a server it is only printed."""

from __future__ import annotations

from commonweal.settings.config import config

_mail = config().mail
_kind = "smtp" if _mail else "console"

EMAIL_BACKEND = f"django.core.mail.backends.{_kind}.EmailBackend"
if _mail:
    EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.security == "starttls", _mail.security == "tls"
    EMAIL_TIMEOUT = 20  # seconds; a job tries again, nobody waits for it
    DEFAULT_FROM_EMAIL = SERVER_EMAIL = _mail.sender
