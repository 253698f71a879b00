"""Services with which operators connect partners."""

import re
from dataclasses import dataclass
from http import HTTPStatus

from django.db import transaction

from common import encryption
from common.http.errors import InvalidInput
from common.operators import audit_log
from common.outbound.addresses import TargetRefused, target_of
from common.outbound.fetch import FetchFailed, FetchPolicy, FetchRefused, fetch
from common.users import UserRef
from integrations.models import Partner
from integrations.partners import client
from integrations.webhooks import signing

_TIMEOUT_S = 10.0
_SHOWN = 300
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True)
class ConnectionTest:
    """The answer of a partner to `GET {base_url}/health`; `ok` for a 200."""

    ok: bool
    answer: str


def check(*, base_url: str, allowed_hosts: object, webhook_secret: str = "") -> None:
    """Refuse what no client could use, and a secret that cannot sign. Raises InvalidInput (400)."""
    try:
        target_of(base_url)
    except TargetRefused as refusal:
        raise InvalidInput(str(refusal), details={"field": "base_url"}) from None
    # Paths are appended to it as text, so they would end up in a query or fragment.
    if "?" in base_url or "#" in base_url:
        raise InvalidInput(
            "The address where the API begins has no query and no fragment",
            details={"field": "base_url"},
        )
    hosts = allowed_hosts if isinstance(allowed_hosts, list) else [None]
    if not all(isinstance(host, str) and _HOST.fullmatch(host.lower()) for host in hosts):
        raise InvalidInput(
            'Write the hosts as a list of names, such as ["cdn.example.com"]',
            details={"field": "allowed_hosts"},
        )
    if webhook_secret and not signing.is_usable(webhook_secret):
        raise InvalidInput(
            "The secret that signs results is `whsec_` and base64",
            details={"field": "webhook_secret"},
        )


@transaction.atomic
def save(partner: Partner, *, token: str = "", webhook_secret: str = "") -> Partner:
    """Store a partner; an empty secret leaves the stored one, encrypted anew under today's key.

    Every circuit is closed, so that the new connection is tried at once.
    """
    for name, given in (("token", token), ("webhook_secret", webhook_secret)):
        setattr(partner, name, given or _known(partner, name))
    partner.save()
    client.reset_breakers()
    return partner


def connect(
    *,
    slug: str,
    base_url: str,
    token: str,
    webhook_secret: str,
    discount_percentage: int,
    allowed_hosts: list[str],
    allow_private: bool,
) -> Partner:
    """Connect a partner, or replace its connection. Raises InvalidInput as `check` does."""
    check(base_url=base_url, allowed_hosts=allowed_hosts, webhook_secret=webhook_secret)
    partner = Partner.objects.filter(slug=slug).first() or Partner(slug=slug)
    partner.base_url = base_url
    partner.discount_percentage = discount_percentage
    partner.allowed_hosts = allowed_hosts
    partner.allow_private = allow_private
    partner.active = True
    return save(partner, token=token, webhook_secret=webhook_secret)


def is_elsewhere(slug: str, base_url: str) -> bool:
    """True if the partner is connected at another host than that of `base_url`."""
    partner = Partner.objects.filter(slug=slug).first()
    return partner is not None and target_of(partner.base_url).host != target_of(base_url).host


def test(partner: Partner, *, by: UserRef) -> ConnectionTest:
    """Call the partner's `/health` with its token, and note it in the operators' log."""
    found = _health(partner)
    audit_log.record(operator=by, action="partner.test", target=partner, after={"ok": found.ok})
    return found


def _health(partner: Partner) -> ConnectionTest:
    base = target_of(partner.base_url)
    policy = FetchPolicy(
        max_bytes=64 * 1024,
        timeout_s=_TIMEOUT_S,
        max_redirects=0,
        allowed_hosts=frozenset({base.host}),
        ports=frozenset({base.port}),
        allow_private=partner.allow_private,
    )
    try:
        headers = {"Authorization": f"Bearer {partner.token}"} if partner.sealed_token else {}
        answer = fetch(f"{partner.base_url.rstrip('/')}/health", policy=policy, headers=headers)
    except encryption.CannotDecrypt as problem:
        return ConnectionTest(False, str(problem))
    except (FetchRefused, FetchFailed) as problem:
        return ConnectionTest(False, problem.message)
    text = answer.content.decode(errors="replace")[:_SHOWN]
    return ConnectionTest(True, f"{HTTPStatus.OK.value} {answer.content_type}: {text}")


def _known(partner: Partner, name: str) -> str:
    try:
        return str(getattr(partner, name))
    except encryption.CannotDecrypt:
        return ""
