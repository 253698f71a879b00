"""The parameters of rembg's server in our own options.

`a`, `af`, `ab`, `ae`, `dc` and `vm` choose between ways to treat edges there. Here edges are always
freed of the old background's colour, so these are checked and change nothing; so are `extras`,
which are for models that take prompts.
"""

import json
import re
from collections.abc import Mapping

from common.http.errors import InvalidInput
from integrations.compat.fastapi import Unprocessable
from removal.options import OptionFields

# The models that rembg 2.0.86 can be asked for.
MODELS = frozenset(
    {
        *("u2net", "u2netp", "u2net_human_seg", "u2net_cloth_seg", "u2net_custom", "silueta"),
        *("isnet-general-use", "isnet-anime", "dis_custom", "sam", "bria-rmbg", "ben_custom"),
        *("birefnet-general", "birefnet-general-lite", "birefnet-general-fp16"),
        *("birefnet-portrait", "birefnet-dis", "birefnet-hrsod", "birefnet-cod"),
        *("birefnet-massive", "withoutbg", "atlascloud"),
    }
)
_TRUE, _FALSE = ("true", "1", "on", "t", "y", "yes"), ("false", "0", "off", "f", "n", "no")
_NUMBERS: Mapping[str, tuple[int, int]] = {"af": (0, 255), "ab": (0, 255), "ae": (0, 10**6)}
_SWITCHES = ("a", "om", "ppm", "dc", "vm")
_WHOLE = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_COLOUR = re.compile(r"\s*\d{1,3}\s*(,\s*\d{1,3}\s*){3}", re.ASCII)


def parse(values: Mapping[str, str], query: Mapping[str, str], *, where: str) -> OptionFields:
    """`values` come from the body of a POST or the query of a GET (`where`); `bgc` and `extras`
    from the query. Raises Unprocessable (422), and InvalidInput (400) for their contents.
    """
    switches = {name: _switch(values, name, where) for name in _SWITCHES}
    for name, (least, most) in _NUMBERS.items():
        _number(values, name, least, most, where)
    _check_extras(query.get("extras", ""))
    fields: OptionFields = {}
    if switches["om"]:
        fields["mask_only"] = True
    if switches["ppm"]:
        fields["clean_mask"] = True
    colour = _colour(query.get("bgc", ""))
    if colour and not switches["om"]:
        fields["bg_color"] = colour
    return fields


def model(values: Mapping[str, str], *, where: str) -> str:
    """The model that was asked for; empty for none. Raises Unprocessable (422)."""
    wanted = values.get("model", "")
    if wanted and wanted not in MODELS:
        message = f"Input should be one of {', '.join(sorted(MODELS))}"
        raise Unprocessable("enum", where, "model", message, wanted[:100])
    return wanted


def _switch(values: Mapping[str, str], name: str, where: str) -> bool:
    value = values.get(name, "").lower()
    if value and value not in (*_TRUE, *_FALSE):
        message = "Input should be a valid boolean, unable to interpret input"
        raise Unprocessable("bool_parsing", where, name, message, value[:100])
    return value in _TRUE


def _number(values: Mapping[str, str], name: str, least: int, most: int, where: str) -> None:
    value = values.get(name, "")
    if not value:
        return
    if not _WHOLE.fullmatch(value):
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise Unprocessable("int_parsing", where, name, message, value[:100])
    if not least <= int(value) <= most:
        message = f"Input should be from {least} to {most}"
        raise Unprocessable("out_of_range", where, name, message, value)


def _colour(text: str) -> str:
    if not text:
        return ""
    parts = text.split(",")
    if not _COLOUR.fullmatch(text) or any(int(part) > 255 for part in parts):
        raise InvalidInput("bgc takes four numbers from 0 to 255: R,G,B,A")
    return ",".join(part.strip() for part in parts)


def _check_extras(text: str) -> None:
    try:
        fits = not text or isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        fits = False
    if not fits:
        raise InvalidInput("extras must be a JSON object")
