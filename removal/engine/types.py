"""Values that cross the engine's border: all frozen, all typed, no behaviour but validation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from removal.engine.colours import Colour
from removal.engine.errors import BadOptions
from removal.engine.margins import NO_MARGIN, Margin

MIN_SCALE, MAX_SCALE = 0.01, 4.0


class OutputFormat(StrEnum):
    """What a cut-out is delivered as; `zip` holds `color.jpg` and `alpha.png`."""

    PNG = "png"
    WEBP = "webp"
    JPG = "jpg"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps checked from the header, before anything is decoded.

    `max_pixels` holds for results, too. `max_side` is what libjpeg holds; a row or column of
    millions of pixels defeats all strips.
    """

    max_bytes: int = 10 * 1024 * 1024
    max_pixels: int = 25_000_000
    max_side: int = 65_500


@dataclass(frozen=True, slots=True)
class Options:
    """What the customer asked for. Raises BadOptions when values are out of range or contradict.

    `background_color` is RGB or RGBA, 0–255. `background_image` is an encoded picture that will
    cover the canvas, centred. `scale` multiplies both sides of the result.
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

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise BadOptions("quality must be a whole number from 1 to 100")
        if not MIN_SCALE <= self.scale <= MAX_SCALE:
            raise BadOptions(f"scale must be a number from {MIN_SCALE} to {MAX_SCALE}")
        self._check_backgrounds()
        if self.crop_margin != NO_MARGIN and not self.crop:
            raise BadOptions("crop_margin needs crop")

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
    def has_background(self) -> bool:
        return self.background_color is not None or self.background_image is not None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How thorough a tier is.

    `scales` multiply the model's own input side, and the answers are fused by mean (a model of
    fixed size looks once); `flip` adds the mirrored picture to each. `guided_size` is the long side
    at which the mask is refined along the photo's edges, `matting_size` the long side at which
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
class Cutout:
    """A finished result.

    `foreground_box` is where the subject lies in the result, or None where scaling left nothing of
    it to be seen. `timings_ms` maps stage (decode, predict, refine, composite, encode, total) to
    wall time.
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
