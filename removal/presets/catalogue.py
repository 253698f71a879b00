"""The built-in presets: what marketplaces' published rules for product pictures ask for; pure.

`docs/presets.md` says where each rule is published. Where a marketplace names a range, the preset
takes a value inside it; where it names nothing, the default of the option.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from removal.options import OptionFields

_WHITE_JPG: OptionFields = {"format": "jpg", "quality": 92, "bg_color": "#ffffff"}


@dataclass(frozen=True)
class BuiltIn:
    """A preset that every account has; `source` is the address of the published rules."""

    name: str
    title: str
    fields: OptionFields
    source: str = ""


_ALL = (
    BuiltIn(
        "amazon",
        "Amazon main picture: 2000 × 2000, white, 85 %",
        {**_WHITE_JPG, "canvas": "2000x2000", "fill": "85%"},
        "https://sellercentral.amazon.com/help/hub/reference/external/G1881",
    ),
    BuiltIn(
        "walmart",
        "Walmart: 2200 × 2200, white",
        {**_WHITE_JPG, "canvas": "2200x2200", "fill": "85%"},
        "https://marketplacelearn.walmart.com/guides/Item%20setup/Item%20content,%20imagery,"
        "%20and%20media/Product-detail-page:-Image-guidelines-&-requirements",
    ),
    BuiltIn(
        "google-shopping",
        "Google Shopping: 1500 × 1500, white, 82 %",
        {**_WHITE_JPG, "canvas": "1500x1500", "fill": "82%"},
        "https://support.google.com/merchants/answer/6324350",
    ),
    BuiltIn(
        "ebay",
        "eBay: 1600 × 1600, white",
        {**_WHITE_JPG, "canvas": "1600x1600", "fill": "85%"},
        "https://www.ebay.com/help/policies/listing-policies/picture-policy?id=4370",
    ),
    BuiltIn(
        "etsy",
        "Etsy: 2000 × 2000, white",
        {**_WHITE_JPG, "canvas": "2000x2000", "fill": "80%"},
        "https://help.etsy.com/hc/en-us/articles/115015663347",
    ),
    BuiltIn(
        "shopify",
        "Shopify: 2048 × 2048, white",
        {**_WHITE_JPG, "canvas": "2048x2048", "fill": "85%"},
        "https://help.shopify.com/en/manual/products/product-media/product-media-types",
    ),
    BuiltIn(
        "square-transparent",
        "Square, transparent, tight",
        {"format": "png", "canvas": "1:1", "fill": "95%"},
    ),
)
BUILT_IN: Mapping[str, BuiltIn] = {preset.name: preset for preset in _ALL}
