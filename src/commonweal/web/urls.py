"""Addresses of every page."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from commonweal.web import views, views_programmes

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("nodes/<slug:code>/", views.dashboard, name="node"),
    path("report/<slug:report_id>/", views.report, name="report"),
    path("indicators/<slug:indicator_id>/", views.indicator, name="indicator"),
    path("facts/<int:fact_id>/", views.fact, name="fact"),
    path("facts/<int:fact_id>/proof.json", views.proof, name="proof"),
    path("rows/<slug:kind>/<slug:code>/", views.rows, name="rows"),
    path("data/", views.data, name="data"),
    path("data/<int:pk>/", views.source, name="source"),
    path("findings/", views.findings, name="findings"),
    path("programmes/<slug:programme_id>/", views_programmes.board, name="programme"),
    path("public/<slug:programme_id>/", views_programmes.public, name="public"),
    path("sign-in/", views.SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("admin/", admin.site.urls),
]
