"""Admin forms of billing."""

from uuid import uuid4

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from billing.ledger import MAX_ADJUSTMENT


class AdjustForm(forms.Form):
    """Form of an adjustment. `key` is created with the form, so submitting it twice adjusts
    once.
    """

    credits = forms.IntegerField(
        min_value=-MAX_ADJUSTMENT,
        max_value=MAX_ADJUSTMENT,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Positive to give, negative to take.",
    )
    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="Kept in the ledger for good.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_credits(self) -> int:
        credits: int = self.cleaned_data["credits"]
        if credits == 0:
            raise forms.ValidationError("An adjustment of 0 credits changes nothing.")
        return credits
