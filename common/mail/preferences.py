"""A user's choices about mails: which notices they want, and their language.

Only kinds that declare a `notice` can be turned off. Security mails, receipts and what the law or a
contract asks for are always sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import transaction
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_noop

from common.http.errors import InvalidInput
from common.mail.kinds import Kind
from common.mail.models import MailPreference
from common.users import UserRef

UNSUBSCRIBE_PATH = "/v1/mail/unsubscribe"
DEFAULT_LANGUAGE = "en"
_signer = signing.Signer(salt="common.mail.unsubscribe")


@dataclass(frozen=True)
class Notice:
    """A kind of mail that can be turned off, and whether it is on."""

    kind: str
    title: str
    enabled: bool


class InvalidUnsubscribeToken(InvalidInput):
    message = gettext_noop(
        "This link is not complete; open it from the e-mail once more, or use your account"
    )


def kinds() -> Sequence[Kind]:
    """Every kind that can be turned off, in the order of its name."""
    # The examples of every app use its kinds, so loading them declares all kinds.
    autodiscover_modules("mail_previews")
    return sorted((kind for kind in Kind.declared.values() if kind.notice), key=lambda k: k.name)


def notices(*, user_id: int) -> Sequence[Notice]:
    off = _of(user_id).turned_off
    return [Notice(kind.name, str(kind.notice), kind.name not in off) for kind in kinds()]


def language(*, user_id: int) -> str:
    """The language of the mails to a user."""
    return _of(user_id).language or DEFAULT_LANGUAGE


def is_wanted(*, user_id: int, kind: Kind) -> bool:
    """Whether a mail may be sent; always true for a kind that cannot be turned off."""
    return not kind.notice or kind.name not in _of(user_id).turned_off


def change(
    *, user_id: int, language: str | None = None, notices: Mapping[str, bool] | None = None
) -> None:
    """Set the language, and turn notices on or off by the name of their kind.

    What is not given stays. Raises `InvalidInput` (400) for a kind that cannot be turned off.
    """
    wanted = dict(notices or {})
    _check(wanted)
    with transaction.atomic():
        MailPreference.objects.get_or_create(user_id=user_id)
        row = MailPreference.objects.select_for_update(no_key=True).get(user_id=user_id)
        off = {*row.turned_off, *(kind for kind, enabled in wanted.items() if not enabled)}
        row.turned_off = sorted(off - {kind for kind, enabled in wanted.items() if enabled})
        if language is not None:
            row.language = language
        row.save()


def forget(*, user_id: int) -> None:
    MailPreference.objects.filter(user_id=user_id).delete()


def unsubscribe_url(*, user: UserRef, kind: Kind) -> str:
    """The address at which one click, or one POST, turns a kind of mail off (RFC 8058).

    The token is in the query, which is not logged. It does not expire, because old mails are kept.
    """
    token = _signer.sign(f"{user.public_id}.{kind.name}")
    return f"{settings.BASE_URL}{UNSUBSCRIBE_PATH}?token={quote(token)}"


def subject_of(token: str) -> tuple[int, Kind]:
    """The user and the kind that a token names. Raises `InvalidUnsubscribeToken` (400)."""
    try:
        public_id, _, name = _signer.unsign(token).partition(".")
    except signing.BadSignature:
        raise InvalidUnsubscribeToken() from None
    kind = next((kind for kind in kinds() if kind.name == name), None)
    users = get_user_model()._default_manager.filter(public_id=public_id)
    user_id = users.values_list("pk", flat=True).first()
    if kind is None or user_id is None:
        raise InvalidUnsubscribeToken()
    return int(user_id), kind


def unsubscribe(*, token: str) -> Kind:
    """Turn off the kind that a token names; repeating it changes nothing.

    Raises `InvalidUnsubscribeToken` (400).
    """
    user_id, kind = subject_of(token)
    change(user_id=user_id, notices={kind.name: False})
    return kind


def _of(user_id: int) -> MailPreference:
    return MailPreference.objects.filter(user_id=user_id).first() or MailPreference(user_id=user_id)


def _check(notices: Mapping[str, bool]) -> None:
    allowed = [kind.name for kind in kinds()]
    if unknown := sorted(set(notices) - set(allowed)):
        message = (
            f"{unknown[0][:60]} is no notice that can be turned off; there are {', '.join(allowed)}"
        )
        raise InvalidInput(message, details={"fields": {"notices": [message]}, "allowed": allowed})
