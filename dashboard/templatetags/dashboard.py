"""Template tags of the dashboard."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """An icon of the sprite, hidden from screen readers: the text beside it names what it means."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        f" icon-{size}" if size else "",
        static("dashboard/icons.svg"),
        name,
    )


@register.filter
def rupiah(amount: int) -> str:
    """Money the Indonesian way, in both languages: Rp 99.000."""
    return f"Rp\N{NO-BREAK SPACE}{amount:,}".replace(",", ".")
