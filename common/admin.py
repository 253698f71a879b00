"""Admin pages of the audit log, rate limit overrides, mails and groups."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget

from common.http import rate_limit_overrides
from common.mail import outbox
from common.mail.models import MailStatus
from common.models import OperatorAction, OutgoingMail, RateLimitOverride
from common.operators.filters import by_date, by_value
from common.operators.pages import OperatorAdmin, ReadOnlyAdmin
from common.operators.search import Finder

admin.site.unregister(Group)


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    """The outbox. What a mail says is not shown: it is for its receiver."""

    list_display = ("kind", "user", "status", "attempts", "created_at", "ended_at", "last_error")
    list_filter = (by_value("status", MailStatus), by_date())
    list_select_related = ("user",)
    finder = Finder(owner="user", plain=("key",))
    ordering = ("-pk",)
    fields = (
        "kind",
        "key",
        "user",
        "status",
        "urgent",
        "attempts",
        "last_error",
        "request_id",
        "created_at",
        "requested_at",
        "available_at",
        "ended_at",
    )
    readonly_fields = fields
    actions = ("send_again",)
    page_actions = actions

    @admin.action(description="Send again", permissions=["operate"])
    def send_again(self, request: HttpRequest, mails: QuerySet[OutgoingMail]) -> None:
        with transaction.atomic():
            chosen = list(mails)
            keys = [mail.pk for mail in chosen]
            rows = OutgoingMail.objects.filter(pk__in=keys)
            count = outbox.send_again(rows, now=timezone.now())
            for mail in chosen:
                self.log_act(request, "mail.send_again", mail, before={"status": mail.status})
        noun = "mail" if count == 1 else "mails"
        self.message_user(request, f"{count} {noun} will be sent again in a moment")


@admin.register(Group)
class GroupAdmin(OperatorAdmin, DjangoGroupAdmin):
    """Sets of permissions. Whoever could change one could take every permission there is."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


@admin.register(OperatorAction)
class OperatorActionAdmin(ReadOnlyAdmin):
    list_display = ("at", "operator", "action", "object_id", "outcome", "reason", "request_id")
    list_filter = (by_date("at"),)
    finder = Finder(
        ids={"op_": "public_id"},
        plain=("operator", "object_id", "action"),
    )

    @admin.display(description="Outcome")
    def outcome(self, line: OperatorAction) -> str:
        """Outcome of an action: only calls to another service have one; anything else was done."""
        return str(line.after.get("outcome", "done"))


# Each request of a window is remembered in Valkey for as long as the window is.
_MOST = {"limit": 100_000, "window_s": 30 * 24 * 3600, "burst": 100_000}


class RateLimitForm(forms.ModelForm):  # type: ignore[type-arg]
    policy = forms.ChoiceField(widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["policy"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(name, _spelled(name)) for name in settings.RATE_LIMITS]
        for name, most in _MOST.items():
            self.fields[name].validators.append(MaxValueValidator(most))

    def clean_expires_at(self) -> datetime | None:
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at and expires_at <= timezone.now():
            raise forms.ValidationError("This lies in the past.")
        return expires_at


@admin.register(RateLimitOverride)
class RateLimitOverrideAdmin(OperatorAdmin):
    form = RateLimitForm
    list_display = ("user", "policy", "limit", "window_s", "burst", "expires_at", "reason")
    list_select_related = ("user",)
    autocomplete_fields = ("user",)
    finder = Finder(ids={"user_": "user__public_id"}, owner="user")

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(rate_limit_overrides.forget)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(rate_limit_overrides.forget)


def _spelled(name: str) -> str:
    limit, window_s, burst = settings.RATE_LIMITS[name]
    return f"{name} ({limit} in {window_s} s, burst {burst})"
