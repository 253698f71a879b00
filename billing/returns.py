"""Allow-list of the pages that a payment may lead back to."""

from urllib.parse import urlsplit

from django.conf import settings

from common.http.errors import InvalidInput


def checked(url: str, *, field: str) -> str:
    """Return `url` unchanged if its origin is one of ours or of `RETURN_ORIGINS`.

    Otherwise a caller could send a customer who has just paid to any page. Raises `InvalidInput`
    (400), which names the allowed origins.
    """
    if _origin(url) not in (allowed := allowed_origins()):
        raise InvalidInput(
            f"{field} must begin with one of {', '.join(allowed)}", details={"allowed": allowed}
        )
    return url


def allowed_origins() -> list[str]:
    ours = [_origin(settings.BASE_URL), _origin(settings.BILLING_RETURN_URL)]
    return list(dict.fromkeys([*ours, *map(_origin, settings.RETURN_ORIGINS)]))


def _origin(url: str) -> str:
    """Scheme, host and port; empty for a text that is no web address, or that hides its host."""
    try:
        parts = urlsplit(url.strip())
        plain = parts.scheme in ("https", "http") and not parts.username and "\\" not in url
        return f"{parts.scheme}://{parts.netloc}".lower() if plain and parts.hostname else ""
    except ValueError:
        return ""
