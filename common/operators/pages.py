"""The base of every operators' page: lists that stay quick, and every act in the log."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from common.http.errors import ApiError
from common.operators import audit_log
from common.operators.paging import CappedPaginator, QuietChangeList
from common.operators.search import Finder
from common.users import UserRef

if TYPE_CHECKING:
    # Unfold's has no types; it adds looks to this one.
    Base = admin.ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as Base


# The most rows of one action: each has its own transaction within the request.
AT_ONCE = 200
# Form field of a row's own page, so that the operator returns to that page.
FROM_PAGE = "_from_page"


class OperatorAdmin(Base):
    """`finder` says what the search box finds; without one there is no box. `page_actions` are
    those that a row's own page has a button for, besides the list.
    """

    finder: ClassVar[Finder | None] = None
    page_actions: ClassVar[Sequence[str]] = ()
    change_form_template = "operators/change_form.html"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.search_help_text = cls.finder.hint() if cls.finder else None

    paginator = CappedPaginator
    show_full_result_count = False
    # Facets count the table once for every choice of every filter.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 25
    list_fullwidth = True
    # Ordering by whatever column reads the whole table.
    sortable_by = ()

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        # Django shows the box if there are any; `get_search_results` decides what they mean.
        return ("pk",) if self.finder else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        found = self.finder.find(queryset, search_term) if self.finder else queryset
        return found, False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        allowed = self.get_actions(request)
        context["page_actions"] = [
            found[1:] for name in self.page_actions if (found := allowed.get(name))
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    def log_act(
        self,
        request: HttpRequest,
        action: str,
        target: Model | None,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        """A line in the operators' log; call it in the transaction of the act."""
        audit_log.record(
            operator=cast(UserRef, request.user),
            action=action,
            target=target,
            before=before,
            after=after,
            reason=reason,
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QuietChangeList]:
        return QuietChangeList

    def response_action(  # type: ignore[override]  # the stubs know a later Django's
        self, request: HttpRequest, queryset: QuerySet[Model]
    ) -> HttpResponse | None:
        across = request.POST.get("select_across", "0") not in ("", "0")
        if across and queryset.order_by()[: AT_ONCE + 1].count() > AT_ONCE:
            refusal = f"That is done to at most {AT_ONCE} at once: narrow the list down first"
            self.message_user(request, refusal, level=messages.WARNING)
            return None
        answer = super().response_action(request, queryset)
        if FROM_PAGE in request.POST and isinstance(answer, HttpResponseRedirect):
            page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(page, args=[request.POST["_selected_action"]]))
        return answer

    def act_on_each(
        self,
        request: HttpRequest,
        action: str,
        rows: QuerySet[Model],
        act: Callable[[Any], object],
        apart: bool = False,
    ) -> None:
        """Apply `act` to every row that allows it, each with its line in the log; show refusals.

        What `act` makes is named in the line. An act that stands `apart` commits for itself, such
        as one that calls another service: a line says that it begins, another how it ended.
        """
        done = 0
        for row in rows:
            try:
                (self._apart if apart else self._within)(request, action, row, act)
                done += 1
            except ApiError as refusal:
                message = f"{audit_log.name_of(row)}: {refusal.message}"
                self.message_user(request, message, level=messages.WARNING)
        if done:
            self.message_user(request, f"{done} done", level=messages.SUCCESS)

    def _within(
        self, request: HttpRequest, action: str, row: Model, act: Callable[[Any], object]
    ) -> None:
        with transaction.atomic():
            made = act(row)
            after = {"made": made} if isinstance(made, Model) and made != row else None
            self.log_act(request, action, row, after=after)

    def _apart(
        self, request: HttpRequest, action: str, row: Model, act: Callable[[Any], object]
    ) -> None:
        self.log_act(request, action, row, after={"outcome": "begun"})
        # An error that is not told apart below, such as a lost connection, may have been committed.
        after = {"outcome": "not known"}
        try:
            act(row)
            after = {"outcome": "done"}
        except ApiError as error:
            refused = error.status < HTTPStatus.INTERNAL_SERVER_ERROR
            after = {"outcome": "refused" if refused else "no answer", "message": error.message}
            raise
        finally:
            self.log_act(request, action, row, after=after)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        names = form.changed_data
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            self.log_act(
                request,
                f"{self.opts.model_name}.{'change' if change else 'add'}",
                obj,
                before={name: form.initial.get(name) for name in names} if change else None,
                after={name: form.cleaned_data.get(name) for name in names},
            )

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        with transaction.atomic():
            self.log_act(request, f"{self.opts.model_name}.delete", obj)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)


class ReadOnlyAdmin(OperatorAdmin):
    """Admin without changes by hand. Actions are for who has the permission to change."""

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WholeRowAdmin(ReadOnlyAdmin):
    """A row's page shows every field but the primary key; `shown_as` names the methods that are
    shown in the place of some.
    """

    shown_as: ClassVar[Mapping[str, str]] = {}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        names = (field.name for field in self.opts.fields if not field.primary_key)
        return [self.shown_as.get(name, name) for name in names]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.get_fields(request, obj))
