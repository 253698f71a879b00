"""The pages; each renders one template."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

from dashboard.pages import AppPage, Page


class SignIn(Page):
    template_name = "dashboard/sign_in.html"
    for_strangers = True


class SignUp(Page):
    template_name = "dashboard/sign_up.html"
    for_strangers = True

    def context(self) -> dict[str, Any]:
        return {"bonus": settings.SIGNUP_BONUS_CREDITS}


class Forgot(Page):
    template_name = "dashboard/forgot.html"


class Reset(Page):
    """The page that the link of a mail opens."""

    template_name = "dashboard/reset.html"


class Verify(Page):
    """The page that the link of a mail opens."""

    template_name = "dashboard/verify.html"


class Billing(AppPage):
    template_name = "dashboard/billing.html"


class Developers(AppPage):
    of_secrets = True
    template_name = "dashboard/developers.html"


class Account(AppPage):
    of_secrets = True
    template_name = "dashboard/account.html"


@require_safe
@cache_control(public=True, max_age=3600)
def catalog(request: HttpRequest, language: str) -> HttpResponseBase:
    """The translations for scripts. The language is part of the address, so it may be cached."""
    with translation.override(language):
        return JavaScriptCatalog.as_view(packages=["dashboard"])(request)
