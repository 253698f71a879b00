"""Operator pages for people and their API keys."""

from http import HTTPStatus

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import services
from accounts.models import ApiKey, User


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


class UserForm(UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    form = UserForm
    add_form = NewUserForm
    list_display = ("email", "public_id", "is_active", "is_staff", "created_at", "last_login")
    list_filter = ("is_active", "is_staff", "created_at")
    search_fields = ("email", "public_id")
    ordering = ("-created_at",)
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
        response = super().user_change_password(request, id, form_url)
        if response.status_code == HTTPStatus.FOUND:
            services.end_all_sessions(User.objects.get(pk=id), now=timezone.now())
        return response

    @admin.action(description="Log out everywhere")
    def log_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            services.end_all_sessions(user, now=timezone.now())
        self.message_user(request, "The API sessions of these users have been ended.")


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "shown_prefix", "user", "state", "last_used_at", "created_at")
    list_select_related = ("user",)
    list_filter = ("revoked_at", "created_at")
    search_fields = ("name", "prefix", "public_id", "user__email")
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

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        ended = services.revoke_any(
            key_ids=queryset.values_list("pk", flat=True), now=timezone.now()
        )
        self.message_user(request, f"{ended} API keys revoked.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        # The secret is shown once, to its owner, by the API.
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False
