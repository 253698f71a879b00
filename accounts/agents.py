"""Names of programs, from the header in which they introduce themselves."""

# More specific names come first: most browsers also name those that they resemble.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("HeadlessChrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_LENGTH = 40


def describe(user_agent: str) -> str:
    """A few words such as "Firefox on Linux"; for other programs the beginning of what they sent.

    Nothing is stored that identifies a device: neither versions nor models.
    """
    browser = _first(_BROWSERS, user_agent)
    if not browser:
        return user_agent.partition(" ")[0].partition("/")[0][:_LENGTH]
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((shown for part, shown in names if part in user_agent), "")
