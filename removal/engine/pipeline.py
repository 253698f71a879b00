"""The pipeline of one removal: decode → predict → refine → composite → encode."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import cv2

from removal.engine import composite, framing
from removal.engine.arrays import Pixels
from removal.engine.backgrounds import Background, read_background
from removal.engine.composite import Layers
from removal.engine.decode import Picture, decode
from removal.engine.despill import despilled
from removal.engine.encode import CONTENT_TYPES, encode, encode_zip
from removal.engine.errors import EngineError, NoSubjectFound
from removal.engine.foreground import WORK_SIDE
from removal.engine.masks import read_mask
from removal.engine.placement import place
from removal.engine.png import encode_png
from removal.engine.predictor import Predictor
from removal.engine.previews import LARGE, Pictures
from removal.engine.refine import refine
from removal.engine.region import hardened, return_to, within
from removal.engine.scaling import KEPT_SHARP, area, halved
from removal.engine.shadow import contact_shadow
from removal.engine.sizes import check_placement, check_result
from removal.engine.types import Box, Cutout, Limits, Options, OutputFormat, Recipe

DEFAULT_LIMITS = Limits()
Checkpoint = Callable[[], object]


def _go_on() -> None:
    """The checkpoint of work that cannot be stopped."""


@dataclass
class _Clock:
    """Wall time per stage, in milliseconds."""

    started: float = field(default_factory=time.perf_counter)
    stages: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages[stage] = round((now - self.last) * 1000, 3)
        self.last = now

    def finish(self) -> dict[str, float]:
        return {**self.stages, "total": round((self.last - self.started) * 1000, 3)}


def remove(
    data: bytes,
    options: Options,
    *,
    predictor: Predictor,
    recipe: Recipe,
    limits: Limits = DEFAULT_LIMITS,
    checkpoint: Checkpoint = _go_on,
    extras: bool = False,
) -> Cutout:
    """Cut the subject out of one encoded photo.

    `checkpoint` is called between the stages and stops the work by raising. Besides what it raises
    there are EngineError subclasses only, NoSubjectFound where there is no subject. With
    `extras` the result has its mask and previews.
    """
    clock = _Clock()
    side = max(KEPT_SHARP * predictor.input_side(recipe), WORK_SIDE)
    mask_alone = options.mask_only and not recipe.follows_photo and not options.region
    least_side = max(side, LARGE) if extras else side
    picture = decode(data, limits, least_side=least_side if mask_alone else 0)
    check_result(picture.width, picture.height, options, limits)
    background = read_background(options, limits)
    clock.lap("decode")
    checkpoint()
    part = within(picture, options.region)
    overview = halved(part.rgb, side)
    small = predictor.predict(_seen_by_model(part, overview), recipe)
    clock.lap("predict")
    checkpoint()
    size = part.width, part.height
    matte = refine(
        small,
        part.rgb,
        recipe,
        clean_mask=options.clean_mask,
        binary_mask=options.binary_mask,
        size=size,
    )
    matte = return_to(picture, options.region, hardened(matte) if options.solid else matte)
    if part is not picture:
        overview = halved(picture.rgb, side)
    clock.lap("refine")
    work = _Work(picture, overview, matte, options, background, limits)
    return _finished(work, clock, checkpoint, extras=extras)


def render(
    data: bytes,
    mask: bytes,
    options: Options,
    *,
    limits: Limits = DEFAULT_LIMITS,
    checkpoint: Checkpoint = _go_on,
) -> Cutout:
    """Make the result of an encoded photo and a mask for it, as `remove` does, without a model.

    The mask is a PNG as large as the photo (`removal.engine.masks`); edges get the subject's own
    colour as ever. The extras come with it. Raises as `remove`.
    """
    clock = _Clock()
    picture = decode(data, limits)
    width, height = picture.width, picture.height
    check_result(width, height, options, limits)
    background = read_background(options, limits)
    matte = read_mask(mask, width=width, height=height, limits=limits)
    overview = halved(picture.rgb, WORK_SIDE)
    clock.lap("decode")
    checkpoint()
    work = _Work(picture, overview, matte, options, background, limits)
    return _finished(work, clock, checkpoint, extras=True)


@dataclass(frozen=True)
class _Work:
    """A decoded photo with its matte, and the options of the result."""

    picture: Picture
    overview: Pixels
    matte: Pixels
    options: Options
    background: Background
    limits: Limits


def _finished(work: _Work, clock: _Clock, checkpoint: Checkpoint, *, extras: bool) -> Cutout:
    picture, options = work.picture, work.options
    shown, overview = picture, work.overview
    if options.despill:
        shown, overview = replace(picture, rgb=despilled(picture.rgb)), despilled(overview)
    layers, box = _framed(shown, overview, work.matte, options, work.limits)
    shade = contact_shadow(layers.alpha, box, options.shadow) if options.shadow else None
    pixels = _composed(layers, options, work.background, shade)
    clock.lap("composite")
    checkpoint()
    encoded = _encoded(pixels, layers, options)
    clock.lap("encode")
    apart = layers.alpha if options.format is OutputFormat.ZIP else None
    height, width = layers.alpha.shape
    return Cutout(
        data=encoded,
        content_type=CONTENT_TYPES[options.format],
        extension=options.format.value,
        width=width,
        height=height,
        input_width=picture.width,
        input_height=picture.height,
        input_format=picture.format,
        foreground_box=box,
        timings_ms=clock.finish(),
        extras=Pictures(encode_png(work.matte), picture.rgb, picture.alpha, pixels, apart)
        if extras
        else None,
    )


def remove_many(
    images: Iterable[bytes],
    options: Options,
    *,
    predictor: Predictor,
    recipe: Recipe,
    limits: Limits = DEFAULT_LIMITS,
    workers: int = 2,
) -> Iterator[Cutout | EngineError]:
    """Cut out many photos in order, `workers` at a time, so that decoding and encoding of one
    overlap inference of another. A photo that fails yields its error; the others go on.

    At most `workers` + 1 photos are in memory, however slowly the results are taken.
    """

    def attempt(data: bytes) -> Cutout | EngineError:
        try:
            return remove(data, options, predictor=predictor, recipe=recipe, limits=limits)
        except EngineError as error:
            return error

    with ThreadPoolExecutor(workers, thread_name_prefix="engine") as pool:
        waiting: deque[Future[Cutout | EngineError]] = deque()
        for data in images:
            waiting.append(pool.submit(attempt, data))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _seen_by_model(picture: Picture, overview: Pixels) -> Pixels:
    """The reduced photo, over mid-grey where the file itself is transparent."""
    if picture.alpha is None:
        return overview
    alpha = area(picture.alpha, overview.shape[1], overview.shape[0])
    grey = Background(colour=(128, 128, 128))
    return composite.opaque(Layers(overview, alpha, alpha, overview), grey, clean_edges=False)


def _framed(
    picture: Picture, overview: Pixels, matte: Pixels, options: Options, limits: Limits
) -> tuple[Layers, Box | None]:
    """Apply the file's own transparency, cropping and scaling; find the subject in the result.

    Raises NoSubjectFound when nothing of the picture would be seen.
    """
    alpha = matte if picture.alpha is None else _multiplied(matte, picture.alpha)
    # A mask alone shows no colours, and the photo may have been decoded at a reduced size.
    layers = Layers(alpha if options.mask_only else picture.rgb, matte, alpha, overview)
    subject = framing.find_subject(alpha)
    if subject is None:
        raise NoSubjectFound("no subject was found in the picture")
    height, width = alpha.shape
    whole = Box(0, 0, width, height)
    placement = place(subject, whole, options)
    check_placement(placement, options, limits)
    if placement.source == placement.target == whole:
        return layers, subject
    layers = _mapped(layers, partial(framing.frame, placement=placement))
    return layers, framing.find_subject(layers.alpha)


def _mapped(layers: Layers, change: Callable[[Pixels], Pixels]) -> Layers:
    rgb = change(layers.rgb)
    return Layers(rgb, change(layers.matte), change(layers.alpha), rgb)


def _multiplied(first: Pixels, second: Pixels) -> Pixels:
    return cv2.multiply(first, second, scale=1 / 255)


def _composed(
    layers: Layers, options: Options, background: Background, shade: Pixels | None
) -> Pixels:
    if options.mask_only:
        return layers.alpha
    if options.format is OutputFormat.ZIP:
        return composite.colour_only(layers)
    if options.has_background or options.format is OutputFormat.JPG:
        colour = options.background_color
        if colour is not None and len(colour) == 4 and options.format is not OutputFormat.JPG:
            return composite.tinted(layers, colour, shade)
        return composite.opaque(layers, background, shade)
    return composite.over_shadow(composite.transparent(layers), shade)


def _encoded(pixels: Pixels, layers: Layers, options: Options) -> bytes:
    if options.format is OutputFormat.ZIP:
        return encode_zip(pixels, layers.alpha, options.quality)
    return encode(pixels, options.format, options.quality, dpi=options.dpi)
