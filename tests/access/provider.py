"""A real OpenID Connect provider in a process of its own; asked with a port and a folder.

Who asks is told by a header, in place of the provider's own sign-in page. People whose names begin
with ``wrong-`` get an identity token with that fault.
"""

import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

CLIENT, SECRET, BACK = "commonweal", "between-the-two", "http://testserver/sign-in/sso/back/"
SITE = "tests.access.provider_site"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments):
        """Say nothing."""


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def key_made():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, kind, plain).decode()


def configure(folder):
    apps = [f"django.contrib.{each}" for each in ("auth", "contenttypes", "sessions", "messages")]
    settings.configure(
        SECRET_KEY="of a provider in tests",  # noqa: S106 - signs nothing that lasts
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=SITE,
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[*apps, "allauth", "allauth.account", "allauth.idp.oidc"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            f"{SITE}.Asker",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        IDP_OIDC_PRIVATE_KEY=key_made(),
        IDP_OIDC_ADAPTER=f"{SITE}.Adapter",
    )
    django.setup()


def main(port, folder):
    configure(folder)
    from allauth.idp.oidc.models import Client  # noqa: PLC0415 - after setup

    call_command("migrate", verbosity=0)
    client = Client(
        id=CLIENT, name="Commonweal", skip_consent=True, scopes="openid\nprofile\nemail",
        redirect_uris=BACK, grant_types="authorization_code", response_types="code",
    )  # fmt: skip
    client.set_secret(SECRET)
    client.save()
    with make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet) as server:
        print("ready", flush=True)  # noqa: T201 - the test waits for it
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
