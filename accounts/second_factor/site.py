"""The operators' site: a password, and then the second factor where an account has one."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import guard, networks, services
from accounts.models import User
from accounts.second_factor import pages, queries, visits

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as Base
else:
    from unfold.sites import UnfoldAdminSite as Base


class OperatorSite(Base):
    """The admin site. A user who has not proved a required second factor has no permission
    there.
    """

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and visits.is_complete(request)

    def extra_urls(self) -> list[URLPattern]:
        """Put the second-factor pages before the others, as Unfold requires; each checks its own
        access.
        """
        return [
            path("login/code/", pages.CodePage.as_view(site=self), name="login_code"),
            path("login/leave/", pages.LeavePage.as_view(), name="login_leave"),
            path("second-factor/", pages.DevicePage.as_view(site=self), name="second_factor"),
        ]

    def password_change(  # type: ignore[override]  # the stubs know of the page alone
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django's password change, which also ends the other sessions and sends the notice."""
        with transaction.atomic():
            response = super().password_change(request, extra_context)
            if response.status_code == HTTPStatus.FOUND:
                user = cast(User, request.user)
                services.password_was_replaced(user=user)
        return response

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET" and super().has_permission(request):
            return redirect("admin:index" if visits.is_complete(request) else "admin:login_code")
        context = {
            **self.each_context(request),
            "title": "Log in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            **(extra_context or {}),
        }
        if REDIRECT_FIELD_NAME not in request.GET:
            context[REDIRECT_FIELD_NAME] = reverse("admin:index")
        page = PasswordPage.as_view(
            extra_context=context,
            authentication_form=self.login_form,
            template_name=self.login_template or "admin/login.html",
        )
        return cast(HttpResponse, page(request))


class PasswordPage(LoginView):
    """Login page that asks for a second factor only after the right password, so that a guesser
    cannot learn whether an account has one.
    """

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if queries.device_of(user) is None and not queries.is_demanded(user):
            network = guard.origin_of(self.request).network
            networks.remember(user, network, now=timezone.now())
            return super().form_valid(form)
        visits.wait(self.request, user, after=self.get_success_url(), now=timezone.now())
        return redirect("admin:login_code")
