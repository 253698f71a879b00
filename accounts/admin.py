"""Admin pages of users and their API keys."""

from http import HTTPStatus
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import services
from accounts.forms import EraseForm
from accounts.models import ApiKey, Erasure, User
from accounts.second_factor import queries as second_factor
from accounts.second_factor.services import reset
from accounts.services import verification
from common.http.errors import ApiError, Forbidden
from common.operators.filters import by_date
from common.operators.pages import OperatorAdmin, ReadOnlyAdmin
from common.operators.search import Finder

# Operators neither see nor change secrets and codes; what they need is on the user's page.
admin.site.unregister([TOTPDevice, StaticDevice])


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
    list_display = (
        "email",
        "public_id",
        "is_active",
        "is_staff",
        "second_factor",
        "created_at",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", by_date())
    finder = Finder(ids={"user_": "public_id"}, begins=("email",))
    # Fields that choose a user search by these names, where the admin offers a search.
    search_fields = ("email",)
    ordering = ("-pk",)
    readonly_fields = (
        "public_id",
        "created_at",
        "last_login",
        "email_verified_at",
        "second_factor",
    )
    filter_horizontal = ("groups",)
    fieldsets = (
        (None, {"fields": ("email", "password", "public_id")}),
        (
            "Access",
            {"fields": ("is_active", "is_staff", "is_superuser", "second_factor", "groups")},
        ),
        ("Dates", {"fields": ("created_at", "last_login", "email_verified_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)
    actions = ("log_out", "reset_second_factor")
    page_actions = actions
    change_form_template = "admin/accounts/user/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users: QuerySet[User] = super().get_queryset(request)
        return users.annotate(second_factor=second_factor.has_one())

    @admin.display(description="Second factor")
    def second_factor(self, user: User) -> str:
        if getattr(user, "second_factor"):  # noqa: B009 - an annotation
            return "set up"
        return "none" if user.is_staff else ""

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and _may_touch(request, obj) and not (obj and _is_erased(obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Deleting a user in the admin is disabled: it would leave files behind. Accounts are
        erased instead.
        """
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only superusers change staff status and permissions."""
        powers = () if _is_superuser(request) else ("is_staff", "is_superuser", "groups")
        return [*super().get_readonly_fields(request, obj), *powers]

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or "email" in form.changed_data:
            verification.address_was_set(user=cast(User, obj), now=timezone.now())

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if response.status_code == HTTPStatus.FOUND:
                user = User.objects.get(pk=id)
                self.log_act(request, "user.set_password", user)
        return response

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.erase_view)
        return [path("<id>/erase/", view, name="accounts_user_erase"), *super().get_urls()]

    def has_erase_permission(self, request: HttpRequest, user: User) -> bool:
        allowed = request.user.has_perm("accounts.delete_user")
        return allowed and not (user.is_staff or user.is_superuser) and not _is_erased(user)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        user = context.get("original")
        context["may_erase"] = user is not None and self.has_erase_permission(request, user)
        return super().render_change_form(request, context, *args, **kwargs)

    def erase_view(self, request: HttpRequest, id: str) -> HttpResponse:
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        if not self.has_erase_permission(request, user):
            raise PermissionDenied
        form = EraseForm(request.POST or None, user=user)
        if form.is_valid() and self._erase(request, user, form):
            return HttpResponseRedirect(reverse("admin:accounts_erasure_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": user,
            "title": "Erase account",
            "form": form,
        }
        return TemplateResponse(request, "admin/accounts/user/erase.html", context)

    def _erase(self, request: HttpRequest, user: User, form: EraseForm) -> bool:
        reason, operator = form.cleaned_data["reason"], cast(User, request.user)
        try:
            services.erase_account(user=user, by=operator, reason=reason, now=timezone.now())
        except ApiError as error:
            form.add_error(None, error.message)
            return False
        self.message_user(request, "The account is closed and is being erased.")
        return True

    @admin.action(description="Log out everywhere", permissions=["change"])
    def log_out(self, request: HttpRequest, users: QuerySet[User]) -> None:
        def log_out(user: User) -> None:
            if not _may_touch(request, user):
                raise Forbidden("Only superusers can log staff out")
            services.end_all_sessions(user, now=timezone.now())

        self.act_on_each(request, "user.log_out", users, log_out)

    def has_reset_second_factor_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    @admin.action(description="Reset the second factor", permissions=["reset_second_factor"])
    def reset_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self.act_on_each(
            request,
            "second_factor.reset",
            users,
            lambda user: reset(user=user, operator=cast(User, request.user), now=timezone.now()),
        )


def _is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    """Only superusers change staff: setting an operator's password would give their permissions."""
    return user is None or not (user.is_staff or user.is_superuser) or _is_superuser(request)


def _is_erased(user: User) -> bool:
    return Erasure.objects.filter(user=user).exists()


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ("user", "requested_at", "rounds", "finished_at", "attempts", "last_error")
    list_select_related = ("user",)
    finder = Finder(ids={"user_": "user__public_id"}, owner="user")
    ordering = ("-pk",)


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
        "second_factor_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    readonly_fields = fields
    actions = ("revoke",)
    page_actions = actions

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
            live = list(keys.filter(revoked_at=None).select_for_update(of=("self",)))
            ended = services.revoke_any(key_ids=[key.pk for key in live], now=timezone.now())
            for key in live:
                self.log_act(request, "api_key.revoke", key)
        self.message_user(request, f"{ended} API key{'' if ended == 1 else 's'} revoked")
