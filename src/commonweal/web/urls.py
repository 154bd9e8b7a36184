"""Addresses of every page."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.i18n import set_language

from commonweal.web import views, views_programmes, views_work

_RECORDS = "programmes/<slug:programme>/<slug:model>/"

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
    path("work/", views_work.my_work, name="work"),
    path("programmes/", views_work.programme_list, name="programmes"),
    path(_RECORDS, views_work.records_list, name="records"),
    path(f"{_RECORDS}new/", views_work.record_new, name="record_new"),
    path(f"{_RECORDS}act/", views_work.records_do, name="records_act"),
    path(f"{_RECORDS}import/", views_work.import_upload, name="records_import"),
    path(f"{_RECORDS}import/<slug:key>/", views_work.import_step, name="import_step"),
    path(f"{_RECORDS}import/<slug:key>/rejects/", views_work.import_rejects, name="import_rejects"),
    path(f"{_RECORDS}template.<slug:form>", views_work.template_download, name="records_template"),
    path(f"{_RECORDS}export.<slug:form>", views_work.records_download, name="records_export"),
    path(f"{_RECORDS}<uuid:pk>/", views_work.record_show, name="record"),
    path(f"{_RECORDS}<uuid:pk>/edit/", views_work.record_edit, name="record_edit"),
    path(f"{_RECORDS}<uuid:pk>/act/<slug:action>/", views_work.record_do, name="record_do"),
    path("public/<slug:programme_id>/", views_programmes.public, name="public"),
    path("sign-in/", views.SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("admin/", admin.site.urls),
]
