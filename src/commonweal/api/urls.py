"""Addresses of the API; each view says itself who may ask."""

from __future__ import annotations

from django.urls import URLPattern, include, path, re_path

from commonweal.api import pages
from commonweal.api.document import VERSION_PATH
from commonweal.api.main import api
from commonweal.api.serving import served

app_name = "api"
_ROOT = "api-root"  # of ninja, which answers nothing there


def _kept(pattern: URLPattern) -> URLPattern:
    view = served(pattern.callback)
    return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


_routes = [
    _kept(each) for each in api.urls[0] if isinstance(each, URLPattern) and each.name != _ROOT
]

urlpatterns = [
    path("docs/", pages.docs, name="docs"),
    path(f"{VERSION_PATH}/", include(_routes)),
    re_path("", pages.missing, name="missing"),
]
