"""Admin page of pictures that customers gave to improve the models."""

from django.contrib import admin

from common.operators.pages import ReadOnlyAdmin
from common.operators.search import Finder
from integrations.models import Contribution


@admin.register(Contribution)
class ContributionAdmin(ReadOnlyAdmin):
    """`key` is where the picture lies in storage."""

    list_display = ("contribution_id", "user", "tag", "filename", "key", "created_at")
    list_select_related = ("user",)
    ordering = ("-created_at",)
    finder = Finder(owner="user", plain=("tag",))
