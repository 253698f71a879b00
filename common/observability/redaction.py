"""Redaction of secrets and signed addresses in texts."""

import re

MASK = "[redacted]"
_NAME = (
    r"(?:authorization|cookie|password|passwd|secret|signature|api[_-]?key|token|credential|csrf"
    r"|session[_-]?(?:id|key)|access[_-]?key)"
)
_IS_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)

# Callers choose some of what is logged and must not choose its cost: every repetition is bounded,
# or starts only where a run of its characters starts.
_PATTERNS: list[tuple[re.Pattern[str], str]] = [
    # Whole header values: "Authorization: Basic …", "'cookie': 'a=b; c=d'".
    (
        re.compile(
            r"""(?i)((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s*[:=]\s*)"""
            r"""(?:"[^"]*"|'[^']*'|[^\r\n]+)"""
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {MASK}"),
    # name=value, "name": "value" and URL parameters.
    (
        re.compile(
            rf"""(?i)({_NAME}[\w-]{{0,40}})(["']?\s*[:=]\s*)"""
            r"""(?:"[^"]*"|'[^']*'|[^\s"',;&)}\]]+)"""
        ),
        rf"\1\2{MASK}",
    ),
    # Tokens by their shape: JSON web tokens, our keys, and those of the services that are called.
    (re.compile(r"(?<![\w-])eyJ[\w-]{5,4000}\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (re.compile(r"\b(?:lmk_live|lmr|sk_live|sk_test|rk_live|rk_test|whsec)_[\w-]{8,}"), MASK),
    (
        re.compile(r"(?i)(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,20}://)[^\s/@'\"]{0,500}@"),
        rf"\1{MASK}@",
    ),
    (re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[e-mail]"),
]


def is_secret_name(name: str) -> bool:
    return _IS_SECRET_NAME.search(name) is not None


def redact(text: str) -> str:
    """`text` without credentials, signatures and e-mail addresses."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
