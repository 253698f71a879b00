"""Pages of long lists without counting the whole table."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

CAP = 5_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """Counts up to `CAP` rows. What lies beyond is reached by searching and filtering."""

    template_name = "operators/pagination.html"

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: CAP + 1].count()) if hasattr(rows, "query") else len(rows)

    @cached_property
    def num_pages(self) -> int:
        shown = min(self.count, CAP)
        return max(1, -(-shown // self.per_page))

    @property
    def more(self) -> bool:
        """Whether there are rows that no page reaches."""
        return self.count > CAP
