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
    """A partner's name for operators, and its endpoints under its slug: path → view."""

    name: str
    endpoints: Sequence[tuple[str, type[APIView]]]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "avatar-creator": Kind("Avatar Creator", [("batch", AvatarBatchView)]),
        "pose-generator": Kind("Pose Generator", [("auto-remove", AutoRemoveView)]),
        "carousel-mix": Kind("Carousel Mix", [("batch", CarouselBatchView)]),
        "image-upscaler": Kind("Image Upscaler", [("pipeline", PipelineView)]),
    }
)
