"""Account erasure: the account is closed at once, and every app then deletes its data.

The row of the user stays, without a name, because the ledger references it. A failed or interrupted
round is resumed from the `Erasure` row. Later rounds delete what was written by requests that began
before the account was closed and ended after the first round.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import django_otp
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import guard, mail, networks
from accounts.errors import OperatorsStay, WrongPassword
from accounts.models import ApiKey, Erasure, LoginSession, User
from accounts.services import export
from common import account_erasure
from common.http import rate_limit_overrides
from common.http.idempotency import store
from common.mail import outbox, preferences, recipients
from common.operators import audit_log
from common.users import UserRef
from common.workqueue import LeaseLost, TaskRef, WorkQueue, at_once, doubling

logger = logging.getLogger(__name__)

# When the next round is due after a complete one; after the last there is none. An hour is longer
# than nearly every request, and a day longer than the upload of 2 GB over a slow line.
NEXT_ROUND = (timedelta(hours=1), timedelta(days=1))
# The lease is longer than the time limit of a round, so that it never expires while a worker still
# runs.
TIME_LIMIT_S = 840
LEASE = timedelta(minutes=15)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
# The domain is reserved by RFC 2606, so no mail can reach it.
_NOWHERE = "erased.invalid"

ERASE_ACCOUNTS = TaskRef("accounts.tasks.erase_accounts", queue="maintenance", expires_s=120)

# There is no last attempt: the owner has asked for the erasure, and the law requires it.
QUEUE: WorkQueue[Erasure] = WorkQueue(
    model=Erasure,
    open=Q(finished_at__isnull=True),
    lease=lambda: LEASE,
    backoff=doubling(FIRST_WAIT, longest=LONGEST_WAIT),
    longest_wait=max(*NEXT_ROUND, LONGEST_WAIT),
    reopened={"finished_at": None},
    task=ERASE_ACCOUNTS,
)


def erase_own_account(*, user: User, password: str, now: datetime) -> Erasure:
    """`erase_account`, called by the account's owner.

    Raises `WrongPassword` (400), `RateLimited` (429) after too many wrong ones, and
    `OperatorsStay`.
    """
    with guard.confirming("confirm_password", user):
        if not user.check_password(password):
            raise WrongPassword(details={"fields": {"password": [WrongPassword.message]}})
    return erase_account(user=user, by=user, reason="Asked for by the owner", now=now)


@transaction.atomic
def erase_account(*, user: User, by: UserRef, reason: str, now: datetime) -> Erasure:
    """Close an account for good and queue its erasure; a second call returns the first erasure.

    Nobody can log in afterwards. `by` and `reason` go into the operators' log. Raises
    `OperatorsStay` (409) for staff.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_staff or user.is_superuser:
        raise OperatorsStay()
    erasure, created = Erasure.objects.get_or_create(
        user=user,
        defaults={"requested_at": now, "available_at": at_once(now), "dispatched_at": now},
    )
    if created:
        _shut(user)
        audit_log.record(operator=by, action="account.erase", target=user, reason=reason)
        QUEUE.dispatch()
    return erasure


def run(*, clock: Callable[[], datetime] = timezone.now, for_s: float = 60) -> int:
    """Run the rounds that are due, for about `for_s` seconds; returns how many were done."""
    ends, done = time.monotonic() + for_s, 0
    while time.monotonic() < ends and (claimed := QUEUE.claim(now=clock())):
        _round(claimed[0], clock)
        done += 1
    return done


def sweep(*, now: datetime) -> None:
    """Dispatch erasures whose message was lost."""
    QUEUE.sweep(now=now)


def _round(erasure: Erasure, clock: Callable[[], datetime]) -> None:
    """Run every app's deletion once. A failure of one does not stop the others."""
    failed: list[str] = []
    whole = True
    for name, step in (*account_erasure.steps(), ("accounts", _forget_person)):
        try:
            whole &= step(user=erasure.user, now=clock())
        except Exception as error:
            logger.exception("%s failed for %s", name, erasure.user.public_id)
            failed.append(f"{name}: {type(error).__name__}")
    try:
        _note(erasure, "; ".join(failed), whole=whole, now=clock())
    except LeaseLost:
        logger.warning("lease of %s lost: another worker or an operator took it", erasure)


def _note(erasure: Erasure, failed: str, *, whole: bool, now: datetime) -> None:
    if not whole:
        # Something was deleted, so the round makes progress and the loop ends, even if a step
        # failed.
        QUEUE.postpone(erasure, until=now, error=failed, attempts=0)
    elif failed:
        QUEUE.fail(erasure, error=failed, now=now)
    elif erasure.rounds < len(NEXT_ROUND):
        after = now + NEXT_ROUND[erasure.rounds]
        QUEUE.postpone(erasure, until=after, rounds=erasure.rounds + 1, attempts=0)
    else:
        QUEUE.complete(erasure, rounds=erasure.rounds + 1, finished_at=now)


def _forget_person(*, user: UserRef, now: datetime) -> bool:
    """The last step of `common.account_erasure`: delete this app's rows and replace the address."""
    person = User.objects.get(pk=user.pk)
    nobody = f"{person.public_id}@{_NOWHERE}"
    with transaction.atomic():
        language = preferences.language(user_id=person.pk)
        outbox.forget(user_id=person.pk)
        preferences.forget(user_id=person.pk)
        export.forget(user=person)
        if person.email != nobody and recipients.is_verified(person):
            _notify(person, language, now)
        # A second time, because an admin form that was opened before may have been saved since.
        _shut(person)
        store.forget(owner=person.public_id)
        rate_limit_overrides.drop(user_id=person.pk)
        seen = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User))
        seen.filter(object_id=str(person.pk)).update(object_repr=person.public_id)
        person.email, person.email_verified_at, person.last_login = nobody, None, None
        person.save(update_fields=["email", "email_verified_at", "last_login"])
    return True


def _notify(user: User, language: str, now: datetime) -> None:
    """Queue the last mail to the address, which only the mail's row holds until it is sent."""
    outbox.put(
        mail.ACCOUNT_ERASED,
        user_id=user.pk,
        key=f"account-erased:{user.public_id}",
        address=user.email,
        language=language,
        now=now,
    )


def _shut(user: User) -> None:
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    _forget_credentials(user)


def _forget_credentials(user: User) -> None:
    ApiKey.objects.filter(user=user).delete()
    LoginSession.objects.filter(user=user).delete()
    networks.forget(user)
    for device in django_otp.devices_for_user(user, confirmed=None):
        device.delete()
    user.groups.clear()
    user.user_permissions.clear()
