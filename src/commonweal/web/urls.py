"""Addresses of every page."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from commonweal.web import (
    views,
    views_health,
    views_jobs,
    views_pages,
    views_programmes,
    views_tokens,
)
from commonweal.web.admin.people import sign_in_close
from commonweal.web.admin.programmes import records_register
from commonweal.web.views_work import beside, files, lists, receipts, record

_RECORDS = "programmes/<slug:programme>/<slug:model>/"
_RECORD = f"{_RECORDS}<uuid:pk>/"

records_register()
sign_in_close()

urlpatterns = [
    path("health/", views_health.health, name="health"),
    path("ready/", views_health.ready, name="ready"),
    path("metrics", views_health.metrics, name="metrics"),
    path("", views.dashboard, name="dashboard"),
    path("search/", lists.search, name="search"),
    path("theme/", views.theme, name="theme"),
    path("wall/", views.wall, name="wall"),
    path("nodes/<slug:code>/", views.dashboard, name="node"),
    path("report/<slug:report_id>/", views.report, name="report"),
    path("standards/", views.standards, name="standards"),
    path("indicators/<slug:indicator_id>/", views.indicator, name="indicator"),
    path("facts/<int:fact_id>/", views.fact, name="fact"),
    path("facts/<int:fact_id>/proof.json", views.proof, name="proof"),
    path("facts/<int:fact_id>/evidence.html", views.evidence, name="evidence"),
    path("rows/<slug:kind>/<slug:code>/", views.rows, name="rows"),
    path("data/", views.data, name="data"),
    path("jobs/", views_jobs.jobs, name="jobs"),
    path("jobs/live.json", views_jobs.job_live, name="job_live"),
    path("jobs/ask/<slug:kind>/", views_jobs.job_ask, name="job_ask"),
    path("jobs/<uuid:pk>/", views_jobs.job, name="job"),
    path("jobs/<uuid:pk>/files/<str:name>", views_jobs.job_download, name="job_download"),
    path("jobs/<uuid:pk>/<slug:action>/", views_jobs.job_do, name="job_do"),
    path("data/<int:pk>/", views.source, name="source"),
    path("findings/", views.findings, name="findings"),
    path("programmes/<slug:programme_id>/", views_programmes.board, name="programme"),
    path("programmes/<slug:programme_id>/figures/", views_programmes.figures, name="figures"),
    path(
        "programmes/<slug:programme_id>/pages/<slug:page_id>/",
        views_pages.programme_page,
        name="programme_page",
    ),
    path("my-work/", lists.my_work, name="work"),
    path("programmes/", lists.programme_list, name="programmes"),
    path(_RECORDS, lists.records_list, name="records"),
    path(f"{_RECORDS}new/", record.record_new, name="record_new"),
    path(f"{_RECORDS}act/", lists.records_do, name="records_act"),
    path(f"{_RECORDS}views/", lists.view_keep, name="view_save"),
    path(f"{_RECORDS}views/<int:pk>/drop/", lists.view_drop, name="view_drop"),
    path(f"{_RECORDS}import/", files.import_upload, name="records_import"),
    path(f"{_RECORDS}import/<slug:key>/", files.import_step, name="import_step"),
    path(f"{_RECORDS}import/<slug:key>/rejects/", files.import_rejects, name="import_rejects"),
    path(f"{_RECORDS}template.<slug:form>", files.template_download, name="records_template"),
    path(f"{_RECORDS}export.<slug:form>", files.records_download, name="records_export"),
    path(_RECORD, record.record_show, name="record"),
    path(f"{_RECORD}edit/", record.record_edit, name="record_edit"),
    path(f"{_RECORD}act/<slug:action>/", record.record_do, name="record_do"),
    path(f"{_RECORD}comment/", beside.record_comment, name="record_comment"),
    path(f"{_RECORD}owner/", beside.record_hand_over, name="record_assign"),
    path(f"{_RECORD}restore/", beside.record_go_back, name="record_restore"),
    path(f"{_RECORD}merge/<uuid:other>/", beside.record_take_in, name="record_merge"),
    path(f"{_RECORD}unmerge/", beside.record_separate, name="record_unmerge"),
    path(f"{_RECORD}files/", beside.record_attach, name="record_attach"),
    path(f"{_RECORD}files/<int:file>/", beside.record_file, name="record_file"),
    path("public/<slug:programme_id>/", views_programmes.public, name="public"),
    path("open/", include("commonweal.web.urls_open")),
    path("api/", include("commonweal.api.urls")),
    path("account/tokens/", views_tokens.tokens, name="tokens"),
    path("account/tokens/<int:pk>/end/", views_tokens.token_end, name="token_end"),
    path("receipts/", receipts.receipts, name="receipts"),
    path("receipts/act/<slug:action>/", receipts.receipt_do, name="receipt_do"),
    path("", include("commonweal.web.people.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
    path("admin/", admin.site.urls),
]
