"""JPEG decoding beyond the general decoder: speed, completeness, and a bound on work."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import cast

import cv2
import numpy as np

from removal.engine.arrays import Pixels
from removal.engine.errors import UnreadableImage
from removal.engine.probe import Probe

_SCAN, _END = b"\xff\xda", b"\xff\xd9"
# Not a restart (RST0…7), which has no segment, nor what lies below SOF0: amid a scan libjpeg drops
# those reserved codes and goes on behind them, so scans must not hide in what seems their length.
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
# OpenCV names the flags that only reduce after grey; those named after colour also convert to BGR.
_REDUCED = {
    1: 0,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
_MIN_SCANS, _SCANNED_PIXELS = 16, 500_000_000
_MAX_SEGMENTS = 4096
# A frame header's length, precision, height and width (T.81, B.2.2) come before `frame_offset`.
_FRAME_READ = 7


def check_scans(data: bytes, header: Probe) -> None:
    """Refuse progressive files with too many scans, each of which costs a pass over all pixels."""
    allowed = max(_MIN_SCANS, _SCANNED_PIXELS // (header.width * header.height))
    markers = list(islice(_markers(data, header.frame_offset - _FRAME_READ), _MAX_SEGMENTS))
    if markers.count(_SCAN) > min(allowed, 1000) or len(markers) == _MAX_SEGMENTS:
        raise UnreadableImage("the JPEG file has more scans or segments than any camera writes")


def is_complete(data: bytes, header: Probe) -> bool:
    """Whether the end marker follows the frame; OpenCV would fill what is missing with grey."""
    return data.rfind(_END) > header.frame_offset


def reduction(header: Probe, least_side: int) -> int:
    """The largest factor that leaves both sides `least_side` pixels long; 1 for no least side."""
    side = min(header.width, header.height)
    return max(factor for factor in _REDUCED if factor == 1 or 0 < least_side <= side // factor)


def decode_plain(data: bytes, factor: int = 1) -> Pixels | None:
    """Decode a grey or YCbCr file to RGB: Pillow's pixels exactly, at two thirds of the time.

    A `factor` of 2, 4 or 8 reduces both sides (rounded up) by leaving out high frequencies.
    """
    flags = _REDUCED[factor] | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    return cast(Pixels | None, cv2.imdecode(np.frombuffer(data, np.uint8), flags))


def _markers(data: bytes, segment: int) -> Iterator[bytes]:
    """The markers after a segment whose length stands at `segment`, up to the end of the image.

    As libjpeg walks them: segments are skipped by their length, anything else up to the next
    marker. What follows the end of the image, such as the film of a motion photo, is not read.
    """
    while found := _MARKER.search(data, segment + _length(data, segment)):
        yield found[0]
        if found[0] == _END:
            return
        segment = found.end()


def _length(data: bytes, segment: int) -> int:
    """The length of a segment, at least 2: the bytes of the length itself count."""
    return max(2, int.from_bytes(data[segment : segment + 2], "big"))
