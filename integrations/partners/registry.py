"""Registry of the partners that this release knows: a new one is a folder and an entry here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rest_framework.views import APIView

from integrations.partners.avatar_creator.views import AvatarBatchView
from integrations.partners.carousel_mix.views import CarouselBatchView
from integrations.partners.image_upscaler.views import PipelineView
from integrations.partners.pose_generator.views import AutoRemoveView


@dataclass(frozen=True)
class Kind:
    """A partner's name for operators, its endpoints under its slug (path → view), and the discount
    that it is connected with unless an operator says otherwise, in percent.
    """

    name: str
    endpoints: Sequence[tuple[str, type[APIView]]]
    discount: int = 0


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "avatar-creator": Kind("Avatar Creator", [("batch", AvatarBatchView)], discount=10),
        "pose-generator": Kind("Pose Generator", [("auto-remove", AutoRemoveView)]),
        "carousel-mix": Kind("Carousel Mix", [("batch", CarouselBatchView)]),
        "image-upscaler": Kind("Image Upscaler", [("pipeline", PipelineView)]),
    }
)
