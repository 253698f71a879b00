"""Forms of the second factor's pages."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget


class CodeForm(forms.Form):
    """Form field for a code of the app, or a recovery code."""

    code = forms.CharField(
        max_length=32,
        widget=UnfoldAdminTextInputWidget(
            {"autocomplete": "one-time-code", "autofocus": "", "spellcheck": "false"}
        ),
        help_text="Six digits of your authenticator app, or a recovery code.",
    )


class FirstCodeForm(CodeForm):
    """Form for the first code of a new device, which has no recovery codes yet."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["code"].help_text = "Six digits that the app shows now."
