"""What the provider of the tests answers; imported once its settings stand."""

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.contrib.auth import get_user_model
from django.urls import include, path

urlpatterns = [
    path("", include("allauth.idp.urls")),
    path("accounts/", include("allauth.account.urls")),
]


class Adapter(DefaultOIDCAdapter):
    """Spoils identity tokens for those whose names ask for it."""

    def populate_id_token(self, id_token, client, scopes, **rest):  # noqa: ARG002 - its signature
        name = get_user_model().objects.get(pk=id_token["sub"]).username
        if name == "wrong-audience":
            id_token["aud"] = "another-site"
        if name == "wrong-issuer":
            id_token["iss"] = "http://another-provider"


class Asker:
    """Signs in whoever a header names."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if name := request.headers.get("X-Person"):
            request.user = get_user_model().objects.get_or_create(username=name)[0]
        return self.get_response(request)
