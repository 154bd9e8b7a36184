"""Addresses of sign-in and of one's own account.

Only what we offer stands here: the library's addresses for signing up, for mail and for telephones
do not exist on this site. Names are the library's, which asks for them.
"""

from allauth.account import views as accounts
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as codes
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount import views as elsewhere
from allauth.socialaccount.providers.openid_connect import views as openid
from allauth.usersessions import views as sessions
from django.urls import path

from commonweal.web.people import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="login"),
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("sign-in/code/", factors.authenticate, name="mfa_authenticate"),
    path("sign-in/passkey/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/closed/", accounts.account_inactive, name="account_inactive"),
    path(
        "sign-in/<slug:provider_id>/",
        openid.login,
        name="openid_connect_login",
    ),
    path("sign-in/<slug:provider_id>/back/", openid.callback, name="openid_connect_callback"),
    path(
        "sign-in/elsewhere/cancelled/",
        elsewhere.login_cancelled,
        name="socialaccount_login_cancelled",
    ),
    path("sign-out/", accounts.logout, name="logout"),
    path("sign-out/", accounts.logout, name="account_logout"),
    path("account/", views.account, name="account"),
    path("account/reads/", views.reads, name="reads"),
    path("account/password/", accounts.password_change, name="account_change_password"),
    path("account/again/", accounts.reauthenticate, name="account_reauthenticate"),
    path("account/again/code/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("account/again/key/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("account/factors/", factors.index, name="mfa_index"),
    path("account/factors/codes/", codes.activate_totp, name="mfa_activate_totp"),
    path("account/factors/codes/end/", codes.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/factors/recovery/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/factors/recovery/new/",
        recovery.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/factors/recovery/file/",
        recovery.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("account/factors/keys/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("account/factors/keys/new/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("account/factors/keys/<int:pk>/end/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/factors/keys/<int:pk>/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/sessions/", sessions.list_usersessions, name="usersessions_list"),
]
