"""One search box that only asks what an index can answer.

What is typed names its kind: a public identifier by its prefix (the beginning is enough), an
e-mail address by its @. Anything else is compared, in full, with `plain` fields.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet

# The last letter that a public identifier may have, and as many of it as there may be.
_LAST = "z" * 26


@dataclass(frozen=True)
class Finder:
    """`ids`: by prefix, the path to a public identifier. `owner`: the path to the user, if any.
    `exact`: by prefix, a path that is compared in full. What has no prefix known here is compared
    with `plain` paths in full and with `begins` by its beginning, in lower case. `implied` is what
    every row has besides, said so that an index which begins with it can be used for `plain`.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    exact: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    plain: Sequence[str] = ()
    begins: Sequence[str] = ()
    implied: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def find(self, rows: QuerySet[Model], term: str) -> QuerySet[Model]:
        term = term.strip()
        return rows.filter(self._condition(term)) if term else rows

    def hint(self) -> str:
        kinds = [f"{prefix}…" for prefix in (*self.ids, *self.exact)]
        words = (path.replace("__", " ").replace("_", " ") for path in self.plain)
        beginnings = (f"{path.replace('_', ' ')}…" for path in self.begins)
        owner = ["e-mail address"] if self.owner else []
        return ", ".join([*dict.fromkeys(kinds), *owner, *words, *beginnings])

    def _condition(self, term: str) -> Q:
        prefix = term.partition("_")[0].lower() + "_"
        if prefix in self.ids:
            return _from(self.ids[prefix], term.lower())
        if prefix in self.exact:
            return Q(**{self.exact[prefix]: term})
        if "@" in term and self.owner:
            return Q(**{f"{self.owner}__in": _users(term)})
        found = Q(pk__in=[])
        for path in self.plain:
            found |= Q(**{path: term}, **self.implied)
        for path in self.begins:
            found |= Q(**{f"{path}__startswith": term.lower()})
        return found


def _from(path: str, beginning: str) -> Q:
    """Whatever begins so; a range, because it needs no index of its own."""
    return Q(**{f"{path}__gte": beginning, f"{path}__lte": beginning + _LAST})


def _users(address: str) -> list[int]:
    users = get_user_model()._default_manager.filter(email=address.lower())
    return list(users.values_list("pk", flat=True))
