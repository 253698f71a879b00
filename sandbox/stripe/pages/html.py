"""Construction of HTML, escaped throughout, and the kinds of answers of a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 62rem; padding: 0 1rem 3rem; }
.sandbox { background: #b45309; color: #fff; margin: 0 -1rem 1.5rem; padding: .4rem 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th, td { border-bottom: 1px solid #8884; padding: .35rem .5rem; text-align: left; }
td.amount { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
form { display: inline-block; margin: 0 .4rem .4rem 0; }
button, select, input { font: inherit; max-width: 100%; padding: .3rem .8rem; }
button { border: 1px solid #8888; border-radius: .4rem; cursor: pointer; }
button.main { background: #4338ca; border-color: #4338ca; color: #fff; }
.card { border: 1px solid #8884; border-radius: .6rem; margin: 2rem auto; max-width: 28rem;
  padding: 1.5rem; }
.bad { color: #dc2626; } .quiet { opacity: .7; } .scroll { overflow-x: auto; }
"""


@dataclass(frozen=True)
class Markup:
    """Text that is HTML already."""

    text: str


@dataclass(frozen=True)
class Page:
    """A page as the answer."""

    body: bytes
    status: int = 200
    type: str = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Redirect:
    """A redirect as the answer."""

    url: str


Answer = Page | Redirect
Part = Markup | str | int | None


def show(part: Part) -> str:
    """The HTML of a part; text is escaped."""
    if isinstance(part, Markup):
        return part.text
    return "" if part is None else escape(str(part))


def tag(name: str, /, *parts: Part, **attributes: str | None) -> Markup:
    """An element, such as `tag("a", "Pay", href=url)`; a trailing underscore avoids Python's
    keywords.
    """
    shown = "".join(
        f' {key.rstrip("_")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{shown}>{''.join(map(show, parts))}</{name}>")


def join(parts: Iterable[Markup]) -> Markup:
    """Concatenate parts."""
    return Markup("".join(part.text for part in parts))


def page(title: str, *parts: Part, status: int = 200) -> Page:
    """A whole document, with a notice that the money is not real."""
    content = "".join(map(show, parts))
    text = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Without an icon of its own a page makes browsers ask for /favicon.ico.
        f"<title>{escape(title)} – payment sandbox</title><link rel='icon' href='data:,'>"
        f"<style>{_STYLE}</style>"
        '<p class="sandbox"><strong>Sandbox.</strong> Pretend money only: nobody is charged.</p>'
        f"<main><h1>{escape(title)}</h1>{content}</main></html>"
    )
    return Page(text.encode(), status)


def button(label: str, url: str, /, *, main: bool = False, **fields: str) -> Markup:
    """A form that is one button."""
    hidden = (
        Markup(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">')
        for name, value in fields.items()
    )
    return tag(
        "form",
        *hidden,
        tag("button", label, class_="main" if main else None),
        action=url,
        method="post",
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[Part]]) -> Markup:
    """A table; cells with a leading currency are aligned as amounts."""
    body = join(tag("tr", *(tag("td", cell, class_=_class(cell)) for cell in row)) for row in rows)
    head = tag("tr", *(tag("th", one) for one in heads))
    inner = tag("table", tag("thead", head), tag("tbody", body))
    return tag("div", inner, class_="scroll")


def money(amount: int, currency: str) -> str:
    """Stripe's amount (hundredths, for IDR too) in readable form."""
    whole = f"{amount / 100:,.2f}".removesuffix(".00")
    return f"Rp {whole}" if currency == "idr" else f"{currency.upper()} {whole}"


def moment(seconds: int | None) -> str:
    """A time in UTC, to the minute."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M") if seconds else "–"


def _class(cell: Any) -> str | None:
    return "amount" if isinstance(cell, str) and cell.startswith(("Rp ", "USD ")) else None
