"""Pages of long lists without counting the whole table."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from unfold.views import ChangeList

CAP = 5_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Counts up to `CAP` rows. What lies beyond is reached by searching and filtering."""

    template_name = "operators/pagination.html"

    @cached_property
    def count(self) -> int:
        return min(self._counted, CAP)

    @property
    def more(self) -> bool:
        """True if there are rows that no page reaches."""
        return self._counted > CAP

    @property
    def figure(self) -> str:
        return f"{self.count:,}"

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: CAP + 1].count()) if hasattr(rows, "query") else len(rows)


class QuietChangeList(ChangeList):  # type: ignore[misc]
    """Change list without a count of its own; the foot of the page has it."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count
