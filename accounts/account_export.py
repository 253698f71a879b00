"""The part of an account's data export that concerns the person: profile, keys, log-ins, mails."""

from collections.abc import Iterable

from accounts.models import ApiKey, LoginSession, User
from common.account_export import File, document, table
from common.mail import preferences
from common.mail.models import OutgoingMail
from common.users import UserRef

_KEY = {
    "id": "public_id",
    "name": "name",
    "begins": "prefix",
    "scopes": "scopes",
    "model": "model",
    "createdAt": "created_at",
    "lastUsedAt": "last_used_at",
    "expiresAt": "expires_at",
    "revokedAt": "revoked_at",
}
_SESSION = {"id": "public_id", "createdAt": "created_at", "endedAt": "revoked_at"}
_MAIL = {"kind": "kind", "status": "status", "createdAt": "created_at", "endedAt": "ended_at"}


def files(*, user: UserRef) -> Iterable[File]:
    person = User.objects.get(pk=user.pk)
    yield document("profile.json", _profile(person))
    yield table("api-keys.csv", ApiKey.objects.filter(user=person).order_by("pk"), _KEY)
    yield table("sessions.csv", LoginSession.objects.filter(user=person).order_by("pk"), _SESSION)
    yield table("mails.csv", OutgoingMail.objects.filter(user_id=person.pk).order_by("pk"), _MAIL)


def _profile(person: User) -> dict[str, object]:
    notices = preferences.notices(user_id=person.pk)
    return {
        "id": person.public_id,
        "email": person.email,
        "role": person.role,
        "createdAt": person.created_at,
        "emailVerifiedAt": person.email_verified_at,
        "lastLogin": person.last_login,
        "mailLanguage": preferences.language(user_id=person.pk),
        "noticesTurnedOff": [notice.kind for notice in notices if not notice.enabled],
    }
