"""Admin pages that ask for a code and set up the second factor."""

from collections.abc import Callable
from typing import Any, TypeVar

import segno
from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from accounts import guard
from accounts.models import User
from accounts.second_factor import queries, services, visits
from accounts.second_factor.forms import CodeForm, FirstCodeForm
from common.http.errors import ApiError

Result = TypeVar("Result")


class LeavePage(View):
    """Page that abandons the pending login, so that another user can log in."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        logout(request)
        return redirect("admin:login")


@method_decorator([never_cache, sensitive_post_parameters("code")], name="dispatch")
class _Page(View):
    """Base of the second-factor pages. `user` is staff who are logged in, or have just given their
    password and nothing else.
    """

    site: AdminSite = None  # type: ignore[assignment]
    http_method_names = ["get", "post"]
    user: User
    # The user of a pending login; None in an open session.
    origin: guard.Origin | None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not (isinstance(user, User) and user.is_active and user.is_staff):
            waiting = visits.waiting(request, now=timezone.now())
            if waiting is None:
                return redirect("admin:login")
            user = waiting
        self.user = user
        inside = self.site.has_permission(request)
        self.origin = None if inside else guard.origin_of(request, surface="operators")
        return super().dispatch(request, *args, **kwargs)

    def show(self, name: str, form: forms.Form | None, **context: Any) -> HttpResponse:
        inside = self.site.has_permission(self.request)
        layout = "admin/base_site.html" if inside else "unfold/layouts/unauthenticated.html"
        context = {
            **self.site.each_context(self.request),
            "title": "Second factor",
            "layout": layout,
            "inside": inside,
            "visitor": self.user,
            "form": form,
            **context,
        }
        return TemplateResponse(self.request, f"accounts/second_factor/{name}.html", context)

    def attempt(self, form: forms.Form, act: Callable[[str], Result]) -> Result | None:
        """Run `act` on the submitted code and show a refusal on the form."""
        if not form.is_valid():
            return None
        try:
            if self.origin:
                guard.limit_network(self.origin)
            return act(form.cleaned_data["code"])
        except ApiError as refusal:
            form.add_error("code", refusal.message)
            return None


class CodePage(_Page):
    """The page that asks for a code, as the second step of a login."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.site.has_permission(request):
            return redirect("admin:index")
        if queries.device_of(self.user) is None:
            return redirect("admin:second_factor")
        return self.show("code", CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CodeForm(request.POST)
        device = self.attempt(
            form, lambda code: services.prove(user=self.user, code=code, origin=self.origin)
        )
        if device is None:
            return self.show("code", form)
        return redirect(visits.enter(request, self.user, device) or "admin:index")


class DevicePage(_Page):
    """The page to set up, replace or remove a device."""

    def get(self, request: HttpRequest) -> HttpResponse:
        device = queries.device_of(self.user)
        if device is None:
            return self._show_set_up(FirstCodeForm())
        if not self.site.has_permission(request):
            return redirect("admin:login_code")
        if visits.set_up_begun(request, now=timezone.now()):
            return self._show_set_up(FirstCodeForm())
        return self._show_device(CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("act") == "set-up":
            return self._set_up()
        if not self.site.has_permission(request):
            return redirect("admin:login_code")
        acts = {
            "cancel": self._cancel,
            "renew": self._renew,
            "replace": self._replace,
            "remove": self._remove,
        }
        return acts.get(request.POST.get("act", ""), self._cancel)()

    def _set_up(self) -> HttpResponse:
        now, form = timezone.now(), FirstCodeForm(self.request.POST)
        begun = visits.set_up_begun(self.request, now=now)
        if begun is None:
            return redirect("admin:second_factor")
        made = self.attempt(
            form,
            lambda code: services.set_up(
                user=self.user,
                secret=begun.secret,
                code=code,
                replacing=begun.replacing,
                now=now,
            ),
        )
        if made is None:
            return self._show_set_up(form)
        device, codes = made
        visits.end_set_up(self.request)
        after = visits.enter(self.request, self.user, device)
        return self._show_codes(codes, after=after)

    def _cancel(self) -> HttpResponse:
        visits.end_set_up(self.request)
        return redirect("admin:second_factor")

    def _renew(self) -> HttpResponse:
        form = CodeForm(self.request.POST)
        codes = self.attempt(form, lambda code: services.renew_codes(user=self.user, code=code))
        return self._show_device(form) if codes is None else self._show_codes(codes)

    def _replace(self) -> HttpResponse:
        form = CodeForm(self.request.POST)
        device = self.attempt(form, lambda code: services.prove(user=self.user, code=code))
        if device is None:
            return self._show_device(form)
        visits.begin_set_up(self.request, replacing=device.persistent_id, now=timezone.now())
        return redirect("admin:second_factor")

    def _remove(self) -> HttpResponse:
        form = CodeForm(self.request.POST)
        self.attempt(form, lambda code: services.remove(user=self.user, code=code))
        if form.errors:
            return self._show_device(form)
        messages.success(self.request, "The second factor is removed.")
        return redirect("admin:index")

    def _show_set_up(self, form: forms.Form) -> HttpResponse:
        now, request = timezone.now(), self.request
        begun = visits.set_up_begun(request, now=now) or visits.begin_set_up(request, now=now)
        device = services.unsaved(user=self.user, secret=begun.secret)
        return self.show(
            "set_up",
            form,
            qr=segno.make(device.config_url, micro=False).svg_inline(scale=5, light="white"),
            secret=services.spelled(device),
            replacing=begun.replacing,
        )

    def _show_device(self, form: forms.Form) -> HttpResponse:
        return self.show(
            "device",
            form,
            device=queries.device_of(self.user),
            codes_left=queries.recovery_codes_left(self.user),
            demanded=queries.is_demanded(self.user),
        )

    def _show_codes(self, codes: list[str], after: str = "") -> HttpResponse:
        return self.show("codes", None, codes=codes, after=after or reverse("admin:second_factor"))
