"""Frozen, validated types of the engine's interface."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from removal.engine.canvas import Align, Canvas, Region
from removal.engine.colours import Colour
from removal.engine.errors import BadOptions
from removal.engine.margins import NO_MARGIN, Margin

MIN_SCALE, MAX_SCALE = 0.01, 4.0
MIN_DPI, MAX_DPI = 30, 2400


class OutputFormat(StrEnum):
    """Output formats; `zip` holds `color.jpg` and `alpha.png`."""

    PNG = "png"
    WEBP = "webp"
    JPG = "jpg"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps checked from the header, before anything is decoded, and one on the decoding itself.

    `max_pixels` holds for results, too. `max_side` is libjpeg's maximum, because strips cannot
    bound the memory of a row or column of millions of pixels. `decode_seconds` is of processor
    time.
    """

    max_bytes: int = 10 * 1024 * 1024
    max_pixels: int = 25_000_000
    max_side: int = 65_500
    decode_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Options:
    """Options of one removal. Raises BadOptions when values are out of range or contradict.

    `background_color` is RGB or RGBA, 0–255. `background_image` is an encoded picture that will
    cover the canvas, centred. `scale` multiplies both sides of the result, and a result of more
    than `max_result_pixels` is reduced to that many.

    `clean_mask` fills holes and drops specks; `binary_mask` does so to a mask without soft values.
    `region` is where the subject is searched; all else of the photo is background. `canvas`,
    `fill` (0…1) or `padding`, and `align` place the subject on a canvas of its own; `fill` is the
    share of the canvas that the subject's limiting side takes. `shadow` (0…1) is the opacity of a
    contact shadow. `dpi` is written into PNG and JPEG. `solid` makes half-transparent parts opaque
    or nothing. `despill` removes green reflections from the subject.
    """

    format: OutputFormat = OutputFormat.PNG
    quality: int = 90
    background_color: Colour | None = None
    background_image: bytes | None = None
    crop: bool = False
    crop_margin: Margin = NO_MARGIN
    scale: float = 1.0
    mask_only: bool = False
    clean_mask: bool = False
    binary_mask: bool = False
    region: Region | None = None
    canvas: Canvas | None = None
    fill: float | None = None
    padding: Margin | None = None
    align: Align | None = None
    shadow: float = 0.0
    dpi: int | None = None
    solid: bool = False
    despill: bool = False
    max_result_pixels: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise BadOptions("quality must be a whole number from 1 to 100")
        if not MIN_SCALE <= self.scale <= MAX_SCALE:
            raise BadOptions(f"scale must be a number from {MIN_SCALE} to {MAX_SCALE}")
        if not 0 <= self.shadow <= 1:
            raise BadOptions("shadow must be a number from 0 to 1")
        if self.dpi is not None and not MIN_DPI <= self.dpi <= MAX_DPI:
            raise BadOptions(f"dpi must be a whole number from {MIN_DPI} to {MAX_DPI}")
        self._check_backgrounds()
        self._check_framing()
        if self.crop_margin != NO_MARGIN and not self.crop:
            raise BadOptions("crop_margin needs crop")

    def _check_framing(self) -> None:
        if self.crop and self.places_subject:
            raise BadOptions(
                "crop cuts the canvas to the subject; leave out canvas, fill, padding and align"
            )
        if self.fill is not None and self.padding is not None:
            raise BadOptions("give fill or padding, not both")
        if self.shadow and (self.mask_only or self.format is OutputFormat.ZIP):
            raise BadOptions("a shadow needs the finished picture, not mask_only or zip")

    def _check_backgrounds(self) -> None:
        if self.background_color is not None and self.background_image is not None:
            raise BadOptions("give bg_color or bg_image, not both")
        if self.mask_only and self.format is OutputFormat.ZIP:
            raise BadOptions("mask_only delivers the mask alone; zip needs colour and alpha")
        if not self.has_background:
            return
        if self.mask_only:
            raise BadOptions("mask_only delivers the mask alone and takes no background")
        if self.format is OutputFormat.ZIP:
            raise BadOptions("zip delivers colour and alpha apart and takes no background")

    @property
    def places_subject(self) -> bool:
        """Whether the subject is placed on a canvas instead of staying where the photo has it."""
        chosen = (self.canvas, self.fill, self.padding, self.align)
        return any(option is not None for option in chosen)

    @property
    def has_background(self) -> bool:
        return self.background_color is not None or self.background_image is not None


@dataclass(frozen=True, slots=True)
class Recipe:
    """Thoroughness of a tier.

    `scales` multiply the model's own input side, and the answers are fused by mean (a model of
    fixed size gets one view); `flip` adds the mirrored picture to each. `guided_size` is the long
    side at which the mask is refined along the photo's edges, `matting_size` the long side at which
    alpha matting runs inside the uncertain band; 0 switches either off.
    """

    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    guided_size: int = 0
    matting_size: int = 0

    @property
    def follows_photo(self) -> bool:
        """Whether the mask is fitted to the photo at its full size."""
        return bool(self.guided_size or self.matting_size)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Previews:
    """One picture as WebP, reduced to 256 (`small`) and 1024 (`large`) pixels on its long side."""

    small: bytes = field(repr=False)
    large: bytes = field(repr=False)


class Extras(Protocol):
    """Extras of a result: its mask, and previews, which are made on demand.

    They take longer than a small result, and no caller has to wait for them. `mask` is a grey PNG
    as large as the photo, before the file's own transparency, cropping and placing.
    """

    @property
    def mask(self) -> bytes: ...

    def of_original(self) -> Previews: ...

    def of_result(self) -> Previews: ...


@dataclass(frozen=True, slots=True)
class Cutout:
    """A finished result.

    `foreground_box` is where the subject lies in the result, or None where scaling left nothing of
    it to be seen. `timings_ms` maps stage (decode, predict, refine, composite, encode, total) to
    wall time. `extras` are there if they were requested.
    """

    data: bytes = field(repr=False)
    content_type: str
    extension: str
    width: int
    height: int
    input_width: int
    input_height: int
    input_format: str
    foreground_box: Box | None
    timings_ms: Mapping[str, float]
    extras: Extras | None = None
