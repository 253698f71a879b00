"""Input and documented answers of the accounts endpoints."""

from typing import Any, Literal

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import ExportStatus
from billing.spending.serializers import CapSerializer, CapStateSerializer, presented
from common.http.auth import Scope
from common.http.fields import choice, switch
from common.http.serializers import StrictSerializer
from common.mail import recipients

DEFAULT_SCOPES = [Scope.REMOVAL_READ, Scope.REMOVAL_WRITE, Scope.BILLING_READ]
_SECONDS = "%Y-%m-%dT%H:%M:%SZ"


def _password(**kwargs: Any) -> serializers.CharField:
    # The length is bounded because the password hash is slow by design.
    return serializers.CharField(max_length=256, trim_whitespace=False, write_only=True, **kwargs)


def _when(**kwargs: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(format=_SECONDS, read_only=True, **kwargs)


def _code() -> serializers.CharField:
    return serializers.CharField(
        max_length=32,
        required=False,
        write_only=True,
        help_text="Only for staff with a second factor: six digits of the app or a recovery code",
    )


class CredentialsSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    password = _password()


class RegisterSerializer(CredentialsSerializer):
    language = choice(
        [code for code, _ in settings.LANGUAGES],
        required=False,
        help_text="The language of the account's e-mails; English if it is absent",
    )


class LoginSerializer(CredentialsSerializer):
    code = _code()


class RefreshSerializer(StrictSerializer):
    refreshToken = serializers.CharField(max_length=200)


class SessionSerializer(StrictSerializer):
    """E-mail address and password, or a refresh token."""

    email = serializers.EmailField(max_length=254, required=False)
    password = _password(required=False)
    code = _code()
    refreshToken = serializers.CharField(
        max_length=200,
        required=False,
        help_text="Instead of address and password: this token is used up, and its session ends",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "refreshToken" in attrs:
            if len(attrs) > 1:
                raise serializers.ValidationError("Send refreshToken alone")
            return attrs
        missing = [name for name in ("email", "password") if name not in attrs]
        if missing:
            raise serializers.ValidationError(dict.fromkeys(missing, "This field is required."))
        return attrs


class LogoutSerializer(StrictSerializer):
    refreshToken = serializers.CharField(
        max_length=200, required=False, help_text="Ends the session that this token belongs to"
    )
    everywhere = switch(
        default=False, help_text="Ends every session of the account; needs a logged-in caller"
    )


class PasswordChangeSerializer(StrictSerializer):
    currentPassword = _password()
    newPassword = _password()
    code = _code()


class PasswordResetSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254)


class PasswordResetConfirmSerializer(StrictSerializer):
    token = serializers.CharField(max_length=200, help_text="The token from the e-mail")
    newPassword = _password()


class VerifySerializer(StrictSerializer):
    token = serializers.CharField(max_length=200, help_text="The token from the e-mail")


class EraseSerializer(StrictSerializer):
    password = _password(help_text="The account's own, once more")


class ChangeMailPreferencesSerializer(StrictSerializer):
    """At least one field."""

    language = choice([code for code, _ in settings.LANGUAGES], required=False)
    notices = serializers.DictField(
        child=switch(),
        required=False,
        help_text="By the kind of the notice, whether it is sent.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Give language, notices or both")
        return attrs


class NoticeSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    title = serializers.CharField(help_text="What the mail tells of.")
    enabled = serializers.BooleanField()


class MailPreferencesSerializer(serializers.Serializer[Any]):
    language = serializers.CharField(help_text="The language of the account's e-mails.")
    languages = serializers.ListField(
        child=serializers.CharField(), help_text="What may be chosen."
    )
    notices = NoticeSerializer(many=True)


class ExportSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = choice(ExportStatus.values)
    requestedAt = serializers.DateTimeField()
    finishedAt = serializers.DateTimeField(allow_null=True)
    expiresAt = serializers.DateTimeField(allow_null=True, help_text="When it is deleted.")
    bytes = serializers.IntegerField(allow_null=True)
    downloadUrl = serializers.CharField(allow_null=True)


class LatestExportSerializer(serializers.Serializer[Any]):
    export = ExportSerializer(allow_null=True)


class NewApiKeySerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=choice(Scope),
        allow_empty=False,
        default=[str(scope) for scope in DEFAULT_SCOPES],
        help_text="What the key may do; a key can pass on only scopes that it has itself",
    )
    expiresAt = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="When the key stops working"
    )

    model = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=60,
        help_text="Pins the model, such as `u2net`, of every picture that is sent with the key and "
        "names none itself: what it gives then does not change when a better model is installed. "
        "A picture whose tier does not have it is refused.",
    )
    spendingCap = CapSerializer(
        required=False,
        allow_null=True,
        default=None,
        help_text="The most credits that the key may spend in a UTC day or month",
    )


class ChangeApiKeySerializer(StrictSerializer):
    """Input with at least one field; an empty `model` counts as given."""

    name = serializers.CharField(max_length=80, required=False)
    model = serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        max_length=60,
        help_text="Pins this model to the key from now on; empty or null pins none",
    )
    spendingCap = CapSerializer(
        required=False, allow_null=True, help_text="From now on; null removes the cap"
    )

    def _is_absent(self, name: str, value: Any) -> bool:
        return False

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("Give name, model or spendingCap")
        if "model" in attrs:
            attrs["model"] = attrs["model"] or ""
        return attrs


class UserSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=["user", "admin"])
    emailVerified = serializers.SerializerMethodField(
        help_text=(
            "Without it there are no welcome credits and no notices by e-mail. Also true where "
            "this server asks for no verification."
        )
    )
    createdAt = _when(source="created_at")

    def get_emailVerified(self, user: Any) -> bool:  # noqa: N802 - DRF's naming
        return recipients.is_verified(user)


class TokensSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(source="access", help_text="Access token, a JWT")
    refreshToken = serializers.CharField(source="refresh", help_text="Works once")
    expiresIn = serializers.IntegerField(
        source="expires_in", help_text="Life of the access token in seconds"
    )
    user = UserSerializer()


class TokensResponseSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField(default=True)
    token = serializers.CharField(help_text="The same access token as in `data`")
    data = TokensSerializer()  # type: ignore[assignment]


class LoggedOutSerializer(serializers.Serializer[Any]):
    loggedOut = serializers.BooleanField()


class LoginSessionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    kind = serializers.SerializerMethodField(help_text="`browser`: by cookie; `token`: by tokens")
    agent = serializers.CharField(help_text="The browser or program; may be empty")
    createdAt = _when(source="created_at")
    lastSeenAt = _when(source="last_seen", help_text="To about five minutes")
    current = serializers.SerializerMethodField(help_text="Whether this request belongs to it")

    def get_kind(self, session: Any) -> Literal["browser", "token"]:
        return "browser" if session.by_cookie else "token"

    def get_current(self, session: Any) -> bool:
        return bool(session.public_id == self.context.get("current"))


class LoginSessionsSerializer(serializers.Serializer[Any]):
    sessions = LoginSessionSerializer(many=True)


class SessionUserSerializer(serializers.Serializer[Any]):
    user = UserSerializer()


class EndedSessionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    ended = serializers.BooleanField()


class ClosedSerializer(serializers.Serializer[Any]):
    userId = serializers.CharField()
    status = serializers.ChoiceField(choices=["closed"])
    message = serializers.CharField()


class MessageSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class ApiKeySerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the secret begins, to recognise it by")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=[str(s) for s in Scope]))
    createdAt = _when(source="created_at")
    expiresAt = _when(source="expires_at", allow_null=True)
    lastUsedAt = _when(source="last_used_at", allow_null=True)
    model = serializers.CharField(help_text="The pinned model; empty: the tier's own choice")
    spendingCap = serializers.SerializerMethodField()

    @extend_schema_field(CapStateSerializer(allow_null=True))
    def get_spendingCap(self, key: Any) -> dict[str, Any] | None:  # noqa: N802 - DRF's naming
        return presented(self.context["caps"].get(key.public_id))


class IssuedApiKeySerializer(ApiKeySerializer):
    apiKey = serializers.CharField(help_text="The secret; it is shown this once")


class ApiKeyListSerializer(serializers.Serializer[Any]):
    apiKeys = ApiKeySerializer(many=True)


class RevokedApiKeySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    revoked = serializers.BooleanField()
