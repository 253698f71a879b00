"""Operator pages for people and their API keys."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import services
from accounts.models import ApiKey, User
from common.operators.filters import by_date
from common.operators.pages import OperatorAdmin, ReadOnlyAdmin
from common.operators.search import Finder


class NewUserForm(UserCreationForm):  # type: ignore[misc]
    class Meta:
        model = User
        fields = ("email",)


class UserForm(UserChangeForm):  # type: ignore[misc]
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}


@admin.register(User)
class UserAdmin(OperatorAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "public_id", "is_active", "is_staff", "created_at", "last_login")
    list_filter = ("is_active", "is_staff", by_date())
    finder = Finder(ids={"user_": "public_id"}, begins=("email",))
    # Fields that choose a user look here whether there is anything to search by.
    search_fields = ("email",)
    ordering = ("-pk",)
    readonly_fields = ("public_id", "created_at", "last_login", "email_verified_at")
    filter_horizontal = ("groups",)
    fieldsets = (
        (None, {"fields": ("email", "password", "public_id")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("created_at", "last_login", "email_verified_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)
    actions = ("log_out",)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if response.status_code == HTTPStatus.FOUND:
                user = User.objects.get(pk=id)
                services.end_all_sessions(user, now=timezone.now())
                self.log_act(request, "user.set_password", user)
        return response

    def get_deleted_objects(
        self, objs: QuerySet[User] | Sequence[User], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What belongs to a user alone goes along, also where it cannot be deleted by itself.

        Money and images stay, without the user.
        """
        found, counts, _, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    @admin.action(description="Log out everywhere", permissions=["change"])
    def log_out(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self.act_on_each(
            request,
            "user.log_out",
            users,
            lambda user: services.end_all_sessions(user, now=timezone.now()),
        )


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "shown_prefix", "user", "state", "last_used_at", "created_at")
    list_select_related = ("user",)
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), by_date())
    finder = Finder(ids={"key_": "public_id"}, owner="user", plain=("prefix", "name"))
    fields = (
        "public_id",
        "name",
        "shown_prefix",
        "user",
        "scopes",
        "state",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = fields
    actions = ("revoke",)

    @admin.display(description="Key", ordering="prefix")
    def shown_prefix(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        if key.revoked_at is not None:
            return "revoked"
        return "works" if key.is_live(timezone.now()) else "expired"

    @admin.action(description="Revoke", permissions=["operate"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        with transaction.atomic():
            live = list(keys.filter(revoked_at=None))
            ended = services.revoke_any(key_ids=[key.pk for key in live], now=timezone.now())
            for key in live:
                self.log_act(request, "api_key.revoke", key)
        self.message_user(request, f"{ended} API keys revoked.")
