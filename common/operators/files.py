"""Customers' files on operators' pages: listed openly, opened only by a logged action."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from common.http.media import INLINE_TYPES, signed_url
from common.operators.pages import WholeRowAdmin

# Whoever has a link can open it, so it lasts no longer than a click or two.
LINK_LIFETIME_S = 300


class FilesAdmin(WholeRowAdmin):
    """`keys` are the fields or properties that hold keys of files, each with what to call it, and
    are not shown themselves. A row's page names the files that are kept; `open_files` gives links
    to them and leaves a line in the log.
    """

    keys: ClassVar[Sequence[tuple[str, str]]] = ()
    groups: ClassVar[Sequence[tuple[str, Sequence[str]]]] = ()

    def address(self, row: Any, field: str, *, now: datetime, lifetime_s: int) -> str:
        """A link to the file of this field, open to whoever has it."""
        return signed_url(getattr(row, field), now=now, lifetime_s=lifetime_s)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        hidden = {*dict(self.keys), *(self.exclude or ())}
        names = (field.name for field in self.opts.fields)
        shown = (self.shown_as.get(name, name) for name in names if name not in hidden)
        return ["files", *shown]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The groups of `groups`, and what none of them names under *Technical*."""
        fields = self.get_fields(request, obj)
        named = {name for _, names in self.groups for name in names}
        rest = [name for name in fields if name not in named]
        groups = [*self.groups, ("Technical", rest)]
        return [(title, {"fields": list(names)}) for title, names in groups]

    @admin.display(description="Files")
    def files(self, row: Model) -> str:
        return ", ".join(self._kept(row).values()) or "None are kept"

    @admin.action(description="Open files", permissions=["operate"])
    def open_files(self, request: HttpRequest, rows: QuerySet[Model]) -> HttpResponse | None:
        opened = [(row, links) for row in rows if (links := self._links(row))]
        if not opened:
            self.message_user(request, "No files are kept", level=messages.WARNING)
            return None
        with transaction.atomic():
            for row, links in opened:
                after = {"files": list(links)}
                self.log_act(request, f"{self.opts.model_name}.open_files", row, after=after)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Files",
            "opened": [(row, _shown(links)) for row, links in opened],
            "minutes": LINK_LIFETIME_S // 60,
        }
        return TemplateResponse(request, "operators/files.html", context)

    def _kept(self, row: Model) -> dict[str, str]:
        return {field: name for field, name in self.keys if getattr(row, field)}

    def _links(self, row: Model) -> dict[str, str]:
        now = timezone.now()
        return {
            name: self.address(row, field, now=now, lifetime_s=LINK_LIFETIME_S)
            for field, name in self._kept(row).items()
        }


def _shown(links: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Name, address, and whether a browser can show it as a picture."""
    return [(name, url, _is_picture(url)) for name, url in links.items()]


def _is_picture(url: str) -> bool:
    return PurePosixPath(urlsplit(url).path).suffix.lower() in INLINE_TYPES
