"""Addresses of open data; they stay, as others will have written them down."""

from django.urls import path

from commonweal.web import views_open

urlpatterns = [
    path("", views_open.index, name="open"),
    path("indicators/<slug:indicator_id>/", views_open.indicator, name="open_indicator"),
    path(
        "indicators/<slug:indicator_id>/<str:name>", views_open.table, name="open_indicator_table"
    ),
    path("editions/<slug:code>/<str:name>", views_open.edition, name="open_edition"),
    path("<str:name>", views_open.table, name="open_table"),
]
