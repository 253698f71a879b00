"""Operators' forms about an account."""

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.addresses import normalise
from accounts.models import User


class EraseForm(forms.Form):
    """Confirmation of an erasure. The operator retypes the address, so that no other account is
    erased.
    """

    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text="Of the account, typed once more.",
    )
    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Kept in the operators' log for good, so do not name the person.",
    )

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._user = user

    def clean_email(self) -> str:
        address = normalise(self.cleaned_data["email"])
        if address != normalise(self._user.email):
            raise forms.ValidationError("This is not the address of the account.")
        return address


class ViewForm(forms.Form):
    """The reason why an operator looks at the dashboard as a customer sees it."""

    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Kept in the operators' log for good, so do not name the person.",
    )
