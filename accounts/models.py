"""Users, API keys and login sessions: shape and constraints only."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.addresses import normalise
from common.ids import PublicIdField
from common.workqueue import QueueRow


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=normalise(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        # Only people with access to the server run this command, so the address needs no proof.
        powers = {"is_staff": True, "is_superuser": True, "email_verified_at": timezone.now()}
        return self.create_user(email, password, **{**powers, **fields})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normalise(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account; the e-mail address is the login name."""

    public_id = PublicIdField(prefix="user")
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("administrator", default=False)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Incrementing it invalidates every session cookie of the account.
    session_generation = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_ignoring_case"),
        ]
        permissions = [("view_as_customer", "Can look at the dashboard as a customer sees it")]
        indexes = [models.Index(fields=["created_at"], name="accounts_user_by_creation")]

    def __str__(self) -> str:
        return self.email

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return normalise(username)

    def get_session_auth_hash(self) -> str:
        """The hash that a session cookie is checked against. It changes with the password and
        `generation`.
        """
        of_password = super().get_session_auth_hash()
        salt, value = "accounts.User.session_generation", f"{of_password}:{self.session_generation}"
        return salted_hmac(salt, value, algorithm="sha256").hexdigest()

    @property
    def role(self) -> str:
        return "admin" if self.is_staff else "user"


class KnownNetwork(models.Model):
    """A network that an account has logged in from; see `accounts.networks`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_networks")
    digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager["KnownNetwork"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="known_network_once"),
        ]

    def __str__(self) -> str:
        return f"a network of user {self.user_id}"


class WelcomeBonus(models.Model):
    """Record that a mailbox has received the welcome credits, under a keyed hash of its address.

    The row references no user. It outlives the account, so registering again gives no second bonus.
    """

    digest = models.CharField(max_length=64, unique=True)
    granted_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager["WelcomeBonus"]] = models.Manager()

    def __str__(self) -> str:
        return f"welcome bonus {self.pk}"


class Erasure(QueueRow):
    """An account that was closed and is being erased; the table is a work queue.

    `rounds` counts the complete rounds. Further rounds follow, for requests that were still running
    during the first. Two columns keep their former names, so that the previous release goes on
    working during an upgrade.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="erasure")
    requested_at = models.DateTimeField()
    available_at = models.DateTimeField(db_column="due_at")
    attempts = models.PositiveIntegerField(default=0)
    rounds = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, db_column="error")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Erasure"]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["available_at"],
                condition=models.Q(finished_at__isnull=True),
                name="erasure_due",
            ),
        ]

    def __str__(self) -> str:
        return f"erasure of user {self.user_id}"


class ExportStatus(models.TextChoices):
    WAITING = "waiting", "being built"
    READY = "ready", "ready"
    FAILED = "failed", "failed"


class DataExport(QueueRow):
    """A ZIP of everything that is kept about an account; the table is a work queue.

    `key` is the object in storage, which is deleted with the row once `expires_at` has passed.
    """

    public_id = PublicIdField(prefix="export")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="data_exports")
    status = models.CharField(
        max_length=8, choices=ExportStatus, default=ExportStatus.WAITING, editable=False
    )
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, db_index=True)
    key = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(null=True)

    objects: ClassVar[models.Manager["DataExport"]] = models.Manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["available_at"],
                condition=models.Q(status="waiting"),
                name="data_export_due",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(status="waiting"), name="data_export_one"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self, now: datetime) -> Self:
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now)
        return self.filter(unexpired, revoked_at__isnull=True)


class ApiKey(models.Model):
    """A credential for programs. Only the digest of the secret is kept."""

    public_id = PublicIdField(prefix="key")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=24, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=32))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    # When the login that made this key, or made the key that made it, proved the second factor.
    second_factor_at = models.DateTimeField(null=True, editable=False)
    # Pins the model that serves the key, so that results do not change when a better one is
    # installed.
    model = models.CharField(max_length=60, blank=True, default="", db_default="")

    objects: ClassVar[Any] = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class LoginSession(models.Model):
    """One login: of a program, as the parent of every refresh token and access token that descends
    from it, or of a browser, whose session cookie names it.
    """

    public_id = PublicIdField(prefix="sess")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_sessions")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True)
    by_cookie = models.BooleanField(default=False, db_default=False, editable=False)
    # The program that logged in, in a few words, so that the owner recognises the session.
    agent = models.CharField(max_length=80, blank=True, default="", db_default="")
    seen_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return str(self.public_id)


class RefreshToken(models.Model):
    """A refresh token of a login session, valid for one use; only its digest is stored."""

    family = models.ForeignKey(LoginSession, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"token {self.pk} of session {self.family_id}"
