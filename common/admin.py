"""Operators read their own log here, and give single users other limits."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from common import overrides
from common.models import OperatorAction, RateLimitOverride
from common.operators.filters import by_date
from common.operators.pages import OperatorAdmin, ReadOnlyAdmin
from common.operators.search import Finder

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(OperatorAdmin, DjangoGroupAdmin):
    """Sets of permissions."""


@admin.register(OperatorAction)
class OperatorActionAdmin(ReadOnlyAdmin):
    list_display = ("at", "operator", "action", "object_type", "object_id", "reason", "request_id")
    list_filter = (by_date("at"),)
    finder = Finder(
        ids={"op_": "public_id"},
        exact={"user_": "operator"},
        plain=("object_id", "action"),
    )


class RateLimitForm(forms.ModelForm):  # type: ignore[type-arg]
    policy = forms.ChoiceField(widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["policy"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(name, _spelled(name)) for name in settings.RATE_LIMITS]


@admin.register(RateLimitOverride)
class RateLimitOverrideAdmin(OperatorAdmin):
    form = RateLimitForm
    list_display = ("user", "policy", "limit", "window_s", "burst", "expires_at", "reason")
    list_select_related = ("user",)
    autocomplete_fields = ("user",)
    finder = Finder(ids={"user_": "user__public_id"}, owner="user")

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(overrides.forget)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(overrides.forget)


def _spelled(name: str) -> str:
    limit, window_s, burst = settings.RATE_LIMITS[name]
    return f"{name} ({limit} in {window_s} s, burst {burst})"
