"""Admin pages of the ledger: read-only, with adjustments for a stated reason.

Django's autodiscovery imports only this module, so it imports `payment_admin`.
"""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from billing import adjustments, payment_admin
from billing.forms import AdjustForm
from billing.models import Account, Entry, Hold, HoldStatus, Kind
from common.http.errors import ApiError
from common.operators.display import person, status
from common.operators.filters import by_date, by_value
from common.operators.pages import ReadOnlyAdmin
from common.operators.search import Finder
from common.users import UserRef

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

__all__ = ["AccountAdmin", "EntryAdmin", "HoldAdmin", "payment_admin"]


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "owner", "available", "held", "created_at"]
    list_select_related = ["user"]
    finder = Finder(ids={"acct_": "public_id", "user_": "user__public_id"}, owner="user")
    fields = ["public_id", "user", "available", "held", "sequence", "created_at"]
    ordering = ["-pk"]
    change_form_template = "admin/billing/account/change_form.html"
    owner = person()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.adjust_view)
        name = "billing_account_adjust"
        return [path("<path:object_id>/adjust/", view, name=name), *super().get_urls()]

    def has_adjust_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.adjust_account")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["may_adjust"] = self.has_adjust_permission(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def adjust_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        account = self.get_object(request, unquote(object_id))
        if account is None or account.user_id is None:
            raise Http404
        if not self.has_adjust_permission(request):
            raise PermissionDenied
        form = AdjustForm(request.POST or None)
        if form.is_valid() and self._adjust(request, account, form):
            return HttpResponseRedirect(reverse("admin:billing_account_change", args=[account.pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": account,
            "title": "Adjust credits",
            "form": form,
        }
        return TemplateResponse(request, "admin/billing/account/adjust.html", context)

    def _adjust(self, request: HttpRequest, account: Account, form: AdjustForm) -> bool:
        credits, reason = form.cleaned_data["credits"], form.cleaned_data["reason"]
        try:
            done = adjustments.adjust(
                operator=cast(UserRef, request.user),
                user=cast("AbstractBaseUser", account.user),
                credits=credits,
                reason=reason,
                key=str(form.cleaned_data["key"]),
                now=timezone.now(),
            )
        except ApiError as error:
            form.add_error("credits", error.message)
            return False
        self.log_change(request, account, f"Adjusted by {credits:+} credits: {reason}")
        left = f"Adjusted by {credits:+} credits; {done.balance.available} are available now."
        self.message_user(request, left, messages.SUCCESS)
        return True


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    owner = person("account.user")
    list_display = [
        "public_id",
        "owner",
        "kind",
        "delta_available",
        "delta_held",
        "available_after",
        "held_after",
        "reference",
        "reason",
        "created_at",
    ]
    list_select_related = ["account__user"]
    list_filter = [by_value("kind", Kind.values), by_date()]
    finder = Finder(
        ids={"txn_": "public_id", "acct_": "account__public_id"},
        owner="account__user",
        plain=["key"],
        implied={"kind__in": Kind.values},
    )
    ordering = ["-created_at", "-pk"]


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    owner = person("account.user")
    shown_status = status()
    list_display = [
        "reference",
        "owner",
        "shown_status",
        "amount",
        "captured",
        "released",
        "created_at",
        "closed_at",
    ]
    list_select_related = ["account__user"]
    list_filter = [by_value("status", HoldStatus.values), by_date()]
    finder = Finder(ids={"acct_": "account__public_id"}, owner="account__user", plain=["key"])
    ordering = ["-created_at", "-pk"]
