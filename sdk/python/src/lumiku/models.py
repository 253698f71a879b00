"""Answers of the API as frozen dataclasses; names are those of the API in snake case.

Texts with a fixed set of values, such as `status`, are plain strings, because a newer server may
know more of them. `SCHEMAS` names each one's schema in the OpenAPI document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, TypedDict

Tier: TypeAlias = Literal["basic", "standard", "professional", "industry"]
TIERS: tuple[Tier, ...] = ("basic", "standard", "professional", "industry")
ENDED = frozenset({"completed", "failed", "cancelled"})


class OutputOptions(TypedDict, total=False):
    """Output options; what is left out has the server's default. `/docs` describes each."""

    model: str
    format: Literal["png", "webp", "jpg", "zip"]
    bg_color: str
    crop: bool
    crop_margin: str
    scale: float
    quality: int
    mask_only: bool
    clean_mask: bool
    canvas: str
    fill: str
    padding: str
    align: str
    shadow: str
    dpi: int
    preset: str


@dataclass(frozen=True)
class Failure:
    """Why a job or batch has no result."""

    code: str
    message: str


@dataclass(frozen=True)
class ResultMetadata:
    """Sizes in bytes and pixels."""

    original_size: int
    processed_size: int
    width: int
    height: int
    format: str


@dataclass(frozen=True)
class Removal:
    """A finished single removal; the addresses are absolute, signed and short-lived.

    `metadata` is None where the server was so slow that it answered before the result was there.
    """

    job_id: str
    original_url: str | None
    processed_url: str | None
    credits_used: int
    pricing_type: str
    processing_time_ms: int
    tier: str
    metadata: ResultMetadata | None


@dataclass(frozen=True)
class Cutout:
    """The image itself, from `remove_bytes`."""

    content: bytes
    content_type: str
    job_id: str
    credits_used: int


@dataclass(frozen=True)
class Preview:
    """Small pictures of one side, as paths that `client.download` takes."""

    small: str
    large: str


@dataclass(frozen=True)
class Previews:
    original: Preview | None
    result: Preview


@dataclass(frozen=True)
class JobSummary:
    id: str
    batch_id: str | None
    filename: str | None
    tier: str
    status: str
    credits_used: int
    created_at: datetime
    expired_at: datetime | None
    erased_at: datetime | None
    error: Failure | None
    reported_at: datetime | None
    retry_job_id: str | None
    retry_of: str | None
    version: int
    editable: bool
    previews: Previews | None


@dataclass(frozen=True)
class OriginalMetadata:
    file_size_bytes: int
    width: int
    height: int
    format: str


@dataclass(frozen=True)
class Job(JobSummary):
    """One image in full; what does not exist yet is None."""

    original_url: str | None
    processed_url: str | None
    pricing_type: str
    processing_time_ms: int | None
    ai_provider: str | None
    model_name: str | None
    model_version: str | None
    engine: str | None
    device: str | None
    metadata: OriginalMetadata
    completed_at: datetime | None

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True)
class BatchItem(Job):
    """One image of a batch; `zip_name` is what its result is called in the archive."""

    price: int
    zip_name: str | None


@dataclass(frozen=True)
class Progress:
    """Progress of a batch. `status` is that of the batch at that moment."""

    total_images: int
    processed_images: int
    failed_images: int
    cancelled_images: int
    percentage: int
    status: str = field(default="")

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True)
class BatchPricing:
    total_credits: int
    discount_percentage: int
    credits_used: int


@dataclass(frozen=True)
class Timing:
    created_at: datetime
    started_at: datetime | None
    estimated_completion_at: datetime | None


@dataclass(frozen=True)
class BatchStatus:
    """A batch in full; what does not exist yet is None."""

    batch_id: str
    name: str | None
    status: str
    tier: str
    progress: Progress
    pricing: BatchPricing
    timing: Timing
    zip_url: str | None
    zip_size_bytes: int | None
    error: Failure | None
    retry_of: str | None
    retry_batch_id: str | None
    cancel_requested_at: datetime | None
    completed_at: datetime | None
    expired_at: datetime | None
    erased_at: datetime | None

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True)
class StartPricing:
    base_credits_per_image: int
    base_total: int
    discount_percentage: int
    discount_amount: int
    final_total: int
    credits_per_image_after_discount: float


@dataclass(frozen=True)
class StartedBatch:
    batch_id: str
    total_images: int
    tier: str
    pricing: StartPricing
    estimated_completion_minutes: int
    status: str
    created_at: datetime


@dataclass(frozen=True)
class BatchSummary:
    batch_id: str
    name: str | None
    status: str
    tier: str
    total_images: int
    processed_images: int
    failed_images: int
    percentage: int
    total_credits: int
    credits_used: int
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True)
class PriceBreakdown:
    cost_in_idr: int
    cost_in_usd: float
    savings_idr: int


@dataclass(frozen=True)
class Price:
    """The price of a batch of `image_count` images, or of one image."""

    image_count: int
    tier: str
    base_credits_per_image: int
    base_total: int
    discount_percentage: int
    discount_amount: int
    final_total: int
    credits_per_image_after_discount: float
    breakdown: PriceBreakdown


@dataclass(frozen=True)
class CreditsPerImage:
    basic: int
    standard: int
    professional: int
    industry: int


@dataclass(frozen=True)
class Credits:
    """The account's balance; `held` is set aside for work under way."""

    available: int
    held: int
    owed: int
    currency: str
    price_per_credit: int
    credits_per_image: CreditsPerImage


@dataclass(frozen=True)
class LedgerEntry:
    id: str
    kind: str
    credits_change: int
    held_change: int
    available_after: int
    held_after: int
    reference: str | None
    reason: str | None
    created_at: datetime


@dataclass(frozen=True)
class User:
    """The account that the key belongs to."""

    id: str
    email: str
    role: str
    email_verified: bool
    created_at: datetime


@dataclass(frozen=True)
class UploadSlot:
    """Address for one announced file; sending needs no key."""

    upload_id: str
    filename: str
    method: str
    url: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class Upload:
    """An announced file; `status` is `uploaded` once it has arrived, and `used` by a batch."""

    upload_id: str
    filename: str
    reference: str | None
    url: str | None
    content_type: str | None
    size: int | None
    status: str
    error: Failure | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


SCHEMAS: Mapping[str, type] = {
    "Removal": Removal,
    "ResultMetadata": ResultMetadata,
    "Job": Job,
    "JobSummary": JobSummary,
    "JobError": Failure,
    "BatchError": Failure,
    "OriginalMetadata": OriginalMetadata,
    "Preview": Preview,
    "Previews": Previews,
    "UploadError": Failure,
    "BatchItem": BatchItem,
    "Progress": Progress,
    "BatchPricing": BatchPricing,
    "Timing": Timing,
    "Batch": BatchStatus,
    "StartPricing": StartPricing,
    "StartedBatch": StartedBatch,
    "BatchSummary": BatchSummary,
    "Price": Price,
    "PriceBreakdown": PriceBreakdown,
    "Credits": Credits,
    "CreditsPerImage": CreditsPerImage,
    "Entry": LedgerEntry,
    "User": User,
    "Slot": UploadSlot,
    "Upload": Upload,
}
