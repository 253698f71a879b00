"""API errors of uploads."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.http.errors import Conflict, Forbidden, InvalidInput, NotFound


class NoSuchUploads(NotFound):
    message = "There is no such upload"

    def __init__(self, upload_ids: Sequence[str]) -> None:
        shown = [upload_id[:64] for upload_id in upload_ids]
        super().__init__(
            f"There is no such upload: {', '.join(shown[:3])}{_more(shown)}",
            details={"uploadIds": shown},
        )


class UploadsNotReady(Conflict):
    """Carries `details` that list the identifiers by what is wrong with them: `expired`, `used`,
    `notUploaded`, `sizeMismatch`, `fetching`, `notFetched`.
    """

    message = "Some uploads cannot be used"

    def __init__(self, problems: Mapping[str, Sequence[str]]) -> None:
        found = {reason: list(ids) for reason, ids in problems.items() if ids}
        parts = [f"{len(ids)} {_WORDS[reason]}" for reason, ids in found.items()]
        super().__init__(f"Some uploads cannot be used: {', '.join(parts)}", details=found)


class AddressesRefused(InvalidInput):
    """Carries `details` {problems: [{index, line, reason}]}, one for each address that is wrong;
    `line` is there for CSV. The addresses are not repeated: they may be secret.
    """

    message = "Some addresses cannot be fetched from"

    def __init__(self, problems: Sequence[Mapping[str, Any]]) -> None:
        first = problems[0]
        where = f"line {first['line']}" if "line" in first else f"images.{first['index']}.url"
        super().__init__(
            f"{where}: {first['reason']}{_more(problems, shown=1)}",
            details={"problems": list(problems)},
        )


class TooManyUploads(Conflict):
    message = "Too many uploads wait to be used; start a batch with them or delete them first"


class AlreadyUploaded(Conflict):
    message = "This upload has received its file already"


class LinkRefused(Forbidden):
    message = "The link is not valid, or has expired"


_WORDS = {
    "expired": "expired",
    "used": "already used",
    "notUploaded": "not uploaded yet",
    "sizeMismatch": "of another size than announced",
    "fetching": "still being fetched",
    "notFetched": "could not be fetched",
}


def _more(found: Sequence[Any], *, shown: int = 3) -> str:
    return f" and {len(found) - shown} more" if len(found) > shown else ""
