"""Admin pages of partners: operators connect them and test the connection."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from common.http.errors import InvalidInput
from common.operators.pages import OperatorAdmin
from common.users import UserRef
from integrations.models import Partner
from integrations.partners import connections
from integrations.partners.registry import KINDS

_KEPT = "Leave it empty to keep the stored one. It is stored encrypted and not shown again."


if TYPE_CHECKING:
    # Django's own class is not generic.
    Form = forms.ModelForm[Partner]
else:
    Form = forms.ModelForm


class PartnerForm(Form):
    """The row, with its secrets as fields that are written and never shown."""

    slug = forms.ChoiceField(choices=[(slug, kind.name) for slug, kind in KINDS.items()])
    token = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=f"Sent to the partner as `Authorization: Bearer`. {_KEPT}",
    )
    webhook_secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=f"Signs the results that are posted to the partner (`whsec_…`). {_KEPT}",
    )

    class Meta:
        model = Partner
        fields = [
            "slug",
            "base_url",
            "token",
            "webhook_secret",
            "discount_percentage",
            "allowed_hosts",
            "allow_private",
            "active",
        ]

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            connections.check(
                base_url=fields.get("base_url", ""),
                allowed_hosts=fields.get("allowed_hosts") or [],
                webhook_secret=fields.get("webhook_secret", ""),
            )
        except InvalidInput as refusal:
            self.add_error(str((refusal.details or {})["field"]), refusal.message)
        return fields


@admin.register(Partner)
class PartnerAdmin(OperatorAdmin):
    form = PartnerForm
    list_display = ["slug", "base_url", "discount_percentage", "allow_private", "active"]
    list_filter = ["active"]
    actions = ("test_connection",)
    page_actions = actions

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = form.cleaned_data
        connections.save(obj, token=given["token"], webhook_secret=given["webhook_secret"])
        action = "partner.change" if change else "partner.connect"
        self.log_act(request, action, obj, after={"base_url": obj.base_url, "active": obj.active})

    @admin.action(description="Test the connection", permissions=["change"])
    def test_connection(self, request: HttpRequest, partners: QuerySet[Partner]) -> None:
        for partner in partners:
            found = connections.test(partner, by=cast(UserRef, request.user))
            level = messages.SUCCESS if found.ok else messages.ERROR
            self.message_user(request, f"{partner.slug} answered: {found.answer}", level=level)
