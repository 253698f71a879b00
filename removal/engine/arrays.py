"""Types of the arrays that the stages pass on.

OpenCV's own stubs lose element types, so these names state them, and docstrings state shapes and
ranges."""

from typing import Any

from numpy.typing import NDArray

Pixels = NDArray[Any]
"""uint8: (H, W) grey or alpha, (H, W, 3) RGB, (H, W, 4) RGBA with straight alpha."""

Floats = NDArray[Any]
"""float32, in the range the function says."""
