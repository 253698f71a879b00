"""The models the engine can run, with licences as their publishers state them.

File names, input sizes and checksums of the downloadable models are those of rembg 2.0.86;
normalisation is that of each model's own inference code.
"""

from collections.abc import Mapping
from dataclasses import dataclass

BUILT_IN = "lumiku-lite"

_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_RELEASES = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
_U2NET = "https://github.com/xuebinqin/U-2-Net"
_BIREFNET = "https://github.com/ZhengPeng7/BiRefNet"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model: what may be done with it and how it is fed.

    `size` is the square input side in pixels, and other sides must be multiples of `multiple`, by
    default for encoders that halve the picture five times; `mean` and `std` apply to RGB in 0…1.
    `scale_by_max` divides by the picture's brightest value instead of 255, `sigmoid` says the
    file gives logits, `stretch` spreads the answer over 0…1. `checksum` is `sha256:` or `md5:`.
    """

    name: str
    file: str
    licence: str
    commercial: bool
    source: str
    checksum: str
    size: int = 1024
    multiple: int = 32
    mean: tuple[float, float, float] = _IMAGENET_MEAN
    std: tuple[float, float, float] = _IMAGENET_STD
    scale_by_max: bool = False
    sigmoid: bool = False
    stretch: bool = False
    note: str = ""


def _u2net(name: str, md5: str, note: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        file=f"{name}.onnx",
        licence="Apache-2.0",
        commercial=True,
        source=f"{_U2NET} via {_RELEASES}{name}.onnx",
        checksum=f"md5:{md5}",
        size=320,
        scale_by_max=True,
        stretch=True,
        note=note,
    )


def _birefnet(name: str, release: str, md5: str, note: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        file=f"{name}.onnx",
        licence="MIT",
        commercial=True,
        source=f"{_BIREFNET} via {_RELEASES}{release}",
        checksum=f"md5:{md5}",
        sigmoid=True,
        note=note,
    )


_ALL = (
    ModelSpec(
        name=BUILT_IN,
        file="lumiku-lite.onnx",
        licence="this project's own, with the notices of LICENSE-lumiku-lite.md",
        commercial=True,
        source="training/ in this project",
        checksum="sha256:85f73c1871fa1c59301dded0c4cf25a2739bbf5e42c88f413bcde32e032f9284",
        size=320,
        multiple=80,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        note="Ships with the product; see the model card in training/README.md.",
    ),
    _u2net("u2netp", "8e83ca70e441ab06c318d82300c84806", "Small U²-Net, 4.7 MB."),
    _u2net("u2net", "60024c5c889badc19c04ad937298a77b", "U²-Net, 176 MB."),
    _u2net("u2net_human_seg", "c09ddc2e0104f800e3e1bb4652583d1f", "U²-Net for people."),
    _u2net("silueta", "55e59e0d8062d2f5d013f4725ee84782", "U²-Net reduced to 43 MB."),
    _birefnet(
        "birefnet-general-lite",
        "BiRefNet-general-bb_swin_v1_tiny-epoch_232.onnx",
        "4fab47adc4ff364be1713e97b7e66334",
        "BiRefNet with a small backbone, 224 MB.",
    ),
    _birefnet(
        "birefnet-general",
        "BiRefNet-general-epoch_244.onnx",
        "7a35a0141cbbc80de11d9c9a28f52697",
        "BiRefNet, 973 MB.",
    ),
    _birefnet(
        "birefnet-portrait",
        "BiRefNet-portrait-epoch_150.onnx",
        "c3a64a6abf20250d090cd055f12a3b67",
        "BiRefNet for portraits, 973 MB.",
    ),
    ModelSpec(
        name="isnet-general-use",
        file="isnet-general-use.onnx",
        licence="weights trained on DIS5K, whose terms forbid commercial use",
        commercial=False,
        source=f"https://github.com/xuebinqin/DIS via {_RELEASES}isnet-general-use.onnx",
        checksum="md5:fc16ebd8b0c10d971d3513d564d01e29",
        mean=(0.5, 0.5, 0.5),
        std=(1.0, 1.0, 1.0),
        stretch=True,
    ),
    ModelSpec(
        name="bria-rmbg",
        file="bria-rmbg.onnx",
        licence="CC BY-NC 4.0",
        commercial=False,
        source=f"https://huggingface.co/briaai/RMBG-2.0 via {_RELEASES}bria-rmbg-2.0.onnx",
        checksum="sha256:5b486f08200f513f460da46dd701db5fbb47d79b4be4b708a19444bcd4e79958",
    ),
)

MODELS: Mapping[str, ModelSpec] = {spec.name: spec for spec in _ALL}
