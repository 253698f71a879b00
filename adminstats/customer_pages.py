"""One customer on one page: money, plan, work and keys, each for who may see it."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import customer_view
from accounts import queries as accounts
from accounts.forms import ViewForm
from adminstats import customer_tables
from adminstats.customer_tables import Person
from billing import adjustments, ledger
from billing.forms import AdjustForm
from common.http.errors import ApiError
from common.users import UserRef


def overview(request: HttpRequest, user_id: str) -> HttpResponse:
    """`GET /admin/customers/{id}/`"""
    user = _customer(request, user_id)
    context = {
        "facts": customer_tables.facts(request.user, user, now=timezone.now()),
        "tables": customer_tables.tables(request.user, user, now=timezone.now()),
        "may_view": customer_view.may_look(request.user, user),
        "may_adjust": request.user.has_perm("billing.adjust_account") and user.is_active,
    }
    return _page(request, user, "adminstats/customer.html", user.email, context)


def credits(request: HttpRequest, user_id: str) -> HttpResponse:
    """`GET` and `POST /admin/customers/{id}/credits/`: give or take some, for a reason."""
    user = _customer(request, user_id)
    if not request.user.has_perm("billing.adjust_account"):
        raise PermissionDenied
    form = AdjustForm(request.POST or None)
    if form.is_valid() and _adjust(request, user, form):
        return redirect("operators-customer", user.public_id)
    context = {"form": form, "balance": ledger.balance(user_id=user.pk)}
    return _page(request, user, "adminstats/credits.html", "Adjust credits", context)


def view_dashboard(request: HttpRequest, user_id: str) -> HttpResponse:
    """`GET` and `POST /admin/customers/{id}/view/`: look at the dashboard as the customer does."""
    user = _customer(request, user_id)
    if not customer_view.may_look(request.user, user):
        raise PermissionDenied
    form = ViewForm(request.POST or None)
    if form.is_valid() and _start_view(request, user, form):
        return redirect("dashboard:single")
    minutes = int(customer_view.LIFETIME.total_seconds() // 60)
    title = "View the dashboard as this customer"
    context = {"form": form, "minutes": minutes}
    return _page(request, user, "adminstats/view.html", title, context)


@require_POST
def stop_view(request: HttpRequest) -> HttpResponse:
    """`POST /admin/customer-view/stop/`"""
    user = customer_view.stop(request, now=timezone.now())
    if user is None or not request.user.has_perm("accounts.view_user"):
        return redirect("admin:index")
    return redirect("operators-customer", user.public_id)


def _customer(request: HttpRequest, user_id: str) -> Person:
    if not request.user.has_perm("accounts.view_user"):
        raise PermissionDenied
    user = accounts.anybody(user_id)
    if user is None:
        raise Http404
    return user


def _start_view(request: HttpRequest, user: Person, form: ViewForm) -> bool:
    reason = form.cleaned_data["reason"]
    try:
        customer_view.start(request, customer=user, reason=reason, now=timezone.now())
    except ApiError as error:
        form.add_error(None, error.message)
        return False
    return True


def _adjust(request: HttpRequest, user: Person, form: AdjustForm) -> bool:
    credits, reason = form.cleaned_data["credits"], form.cleaned_data["reason"]
    try:
        done = adjustments.adjust(
            operator=cast(UserRef, request.user),
            user=user,
            credits=credits,
            reason=reason,
            key=str(form.cleaned_data["key"]),
            now=timezone.now(),
        )
    except ApiError as error:
        form.add_error("credits", error.message)
        return False
    left = f"Adjusted by {credits:+} credits; {done.balance.available} are available now."
    messages.success(request, left)
    return True


def _page(
    request: HttpRequest, user: Person, template: str, title: str, context: dict[str, Any]
) -> HttpResponse:
    shared = {**admin.site.each_context(request), "title": title, "customer": user}
    return TemplateResponse(request, template, {**shared, **context})
