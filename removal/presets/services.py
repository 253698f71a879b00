"""Services of presets: list, save, change, delete, and apply one to a request."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from common.http.errors import Conflict, InvalidInput, NotFound
from removal import options
from removal.errors import engine_errors
from removal.models import Preset
from removal.options import OptionFields
from removal.presets.catalogue import BUILT_IN
from removal.presets.merging import merged

MAX_PRESETS = 50


def saved(*, user_id: int) -> Sequence[Preset]:
    """An account's own presets, by name."""
    return list(Preset.objects.filter(user_id=user_id))


@transaction.atomic
def create(
    *, user_id: int, name: str, title: str, fields: Mapping[str, Any], now: datetime
) -> Preset:
    """Save options under a name. Raises InvalidInput (400) for options that contradict each other,
    and Conflict (409) for a name that is taken or one preset too many.
    """
    chosen = _checked(fields)
    if name in BUILT_IN:
        raise Conflict(f"{name} is built in; choose another name", details={"name": name})
    _one_at_a_time(user_id)
    if Preset.objects.filter(user_id=user_id).count() >= MAX_PRESETS:
        raise Conflict(
            f"An account has at most {MAX_PRESETS} presets; delete one first",
            details={"maxPresets": MAX_PRESETS},
        )
    try:
        with transaction.atomic():
            return Preset.objects.create(
                user_id=user_id,
                name=name,
                title=title or name,
                options=chosen,
                created_at=now,
                updated_at=now,
            )
    except IntegrityError:
        raise Conflict("There already is a preset of this name", details={"name": name}) from None


def change(
    *, user_id: int, name: str, title: str, fields: Mapping[str, Any] | None, now: datetime
) -> Preset:
    """Give a preset another title or other options, which replace the old ones.

    Raises NotFound (404), Conflict (409) for a built-in one, and InvalidInput (400).
    """
    preset = _owned(user_id, name)
    preset.title = title or preset.title
    preset.options = preset.options if fields is None else _checked(fields)
    preset.updated_at = now
    preset.save(update_fields=["title", "options", "updated_at"])
    return preset


def delete(*, user_id: int, name: str) -> None:
    """Raises NotFound (404), and Conflict (409) for a built-in one."""
    _owned(user_id, name).delete()


def applied(*, user_id: int, given: Mapping[str, Any]) -> OptionFields:
    """The options of a request: those of its `preset`, if it names one, and its own on top.

    Raises InvalidInput (400) for an unknown preset, with the known ones in `details.known`.
    """
    name = given.get("preset")
    preset = of_name(user_id=user_id, name=name) if name else OptionFields()
    return merged(preset, given)


def of_name(*, user_id: int | None, name: str) -> OptionFields:
    """The options of a built-in preset, or of one that the account has. Raises as `applied`."""
    if name in BUILT_IN:
        return BUILT_IN[name].fields
    saved_ones = Preset.objects.filter(user_id=user_id) if user_id else Preset.objects.none()
    own = dict(saved_ones.values_list("name", "options"))
    if name in own:
        return options.pick(own[name])
    known = [*BUILT_IN, *own]
    raise InvalidInput(
        f"There is no preset {name[:40]!r}; use one of {', '.join(known)}",
        details={"preset": name[:40], "known": known},
    )


def erase(*, user_id: int) -> None:
    """Delete all presets of an account."""
    Preset.objects.filter(user_id=user_id).delete()


def _owned(user_id: int, name: str) -> Preset:
    if name in BUILT_IN:
        raise Conflict(f"{name} is built in and stays as it is", details={"name": name})
    preset = Preset.objects.filter(user_id=user_id, name=name).first()
    if preset is None:
        raise NotFound("There is no such preset", details={"name": name[:40]})
    return preset


def _checked(fields: Mapping[str, Any]) -> OptionFields:
    chosen = options.pick(fields)
    with engine_errors("options"):
        options.build(chosen)
    return chosen


def _one_at_a_time(user_id: int) -> None:
    """Let the account's other requests to save a preset wait until this transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('presets'), hashint8(%s))", [user_id])
