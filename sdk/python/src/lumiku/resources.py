"""Methods of both clients about results, presets, uploads, partners, subscription and payments."""

from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from lumiku import account_models as account
from lumiku import models
from lumiku.calls import Call, Listing
from lumiku.effects import Operation, sleep
from lumiku.models import OutputOptions, Tier
from lumiku.operations import Operations, Page, single_form
from lumiku.protocol import new_key
from lumiku.sources import Image
from lumiku.webhook_resources import WebhookResources

_REMOVER = "background-remover"
_PARTNERS = f"{_REMOVER}/integrations"
_SUBSCRIPTION = f"{_REMOVER}/subscription"
_PRESETS = f"{_REMOVER}/presets"
_UPLOADS = f"{_REMOVER}/uploads"
_UPLOAD_POLL_S = 2.0


class Resources(WebhookResources):
    """The methods of the clients for all but removals and batches."""

    # --- single images ---

    @Call
    def cancel_job(self: Operations, job_id: str) -> Operation[models.Job]:
        """Stop a job that has not begun or is under way; it costs nothing."""
        return self.sent(models.Job, "POST", f"{_REMOVER}/jobs/{job_id}/cancel")

    @Call
    def report_bad_result(self: Operations, job_id: str) -> Operation[account.ReportedResult]:
        """Have a result that was paid for made anew a tier up, free, once for each image."""
        return self.sent(account.ReportedResult, "POST", f"{_REMOVER}/jobs/{job_id}/bad-result")

    @Call
    def mask(self: Operations, job_id: str) -> Operation[bytes]:
        """The mask of a result, as a PNG of one channel."""
        return self.content(f"{_REMOVER}/jobs/{job_id}/mask")

    @Call
    def versions(self: Operations, job_id: str) -> Operation[list[account.Version]]:
        return self.listed(account.Version, f"{_REMOVER}/jobs/{job_id}/versions", "versions")

    @Call
    def version(self: Operations, job_id: str, version: int) -> Operation[account.Version]:
        path = f"{_REMOVER}/jobs/{job_id}/versions/{version}"
        return self.sent(account.Version, "GET", path)

    @Call
    def render_version(
        self: Operations,
        /,
        job_id: str,
        *,
        mask: Image | None = None,
        bg_image: Image | None = None,
        **options: Any,
    ) -> Operation[account.RenderedVersion]:
        """Render a result anew with a corrected mask or other output options, free. A server that
        is slow answers before the version is completed.
        """
        form = single_form({**options, "bg_image": bg_image}, mask=mask)
        path = f"{_REMOVER}/jobs/{job_id}/versions"
        return self.sent(account.RenderedVersion, "POST", path, form=form, key=new_key())

    # --- presets ---

    @Call
    def presets(self: Operations) -> Operation[list[account.Preset]]:
        return self.listed(account.Preset, _PRESETS, "presets")

    @Call
    def create_preset(
        self: Operations, name: str, options: OutputOptions, *, title: str | None = None
    ) -> Operation[account.Preset]:
        body = {"name": name, "options": options, "title": title}
        return self.sent(account.Preset, "POST", _PRESETS, json=body)

    @Call
    def change_preset(
        self: Operations,
        name: str,
        *,
        options: OutputOptions | None = None,
        title: str | None = None,
    ) -> Operation[account.Preset]:
        body = {"options": options, "title": title}
        return self.sent(account.Preset, "PATCH", f"{_PRESETS}/{name}", json=body)

    @Call
    def delete_preset(self: Operations, name: str) -> Operation[None]:
        return self.done("DELETE", f"{_PRESETS}/{name}")

    # --- batches of files that are not on this machine ---

    @Call
    def fetch_addresses(self: Operations, urls: Iterable[str]) -> Operation[list[models.Upload]]:
        """Let the server fetch images, and wait until it has; each is `uploaded`, or `failed` with
        an `error`. `start_batch_of_uploads` takes those that were uploaded.
        """
        return _fetched(self, [{"url": url} for url in urls])

    @Call
    def start_batch_of_uploads(
        self: Operations,
        upload_ids: Iterable[str],
        *,
        tier: Tier,
        name: str | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[OutputOptions],
    ) -> Operation[models.StartedBatch]:
        """Start a batch of files that the server has; `client.batch(batch_id)` follows it."""
        fields = {**options, "tier": tier, "name": name, "webhookUrl": webhook_url}
        return self.start_uploaded(list(upload_ids), key=idempotency_key, fields=fields)

    @Call
    def upload(self: Operations, upload_id: str) -> Operation[models.Upload]:
        return self.uploaded(upload_id)

    @Call
    def uploads(self: Operations) -> Operation[list[account.ListedUpload]]:
        """Files that no batch has used yet, those that are being fetched among them."""
        return _all_uploads(self)

    @Call
    def delete_upload(self: Operations, upload_id: str) -> Operation[None]:
        return self.done("DELETE", f"{_UPLOADS}/{upload_id}")

    @Call
    def discard_uploads(self: Operations, upload_ids: Iterable[str]) -> Operation[None]:
        return self.done("POST", f"{_UPLOADS}/discard", json={"uploadIds": list(upload_ids)})

    # --- partners ---

    @Call
    def remove_avatars(
        self: Operations,
        project_id: str,
        *,
        tier: Tier,
        name: str | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Operation[account.StartedAvatars]:
        """Start a batch of a project of the Avatar Creator."""
        fields = {"projectId": project_id, "tier": tier, "name": name, "webhookUrl": webhook_url}
        path = f"{_PARTNERS}/avatar-creator/batch"
        return self.paid(account.StartedAvatars, path, json=fields, key=idempotency_key)

    @Call
    def remove_slides(
        self: Operations,
        carousel_id: str,
        *,
        tier: Tier,
        name: str | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Operation[account.StartedSlides]:
        """Start a batch of a carousel of Carousel Mix."""
        fields = {"carouselId": carousel_id, "tier": tier, "name": name, "webhookUrl": webhook_url}
        path = f"{_PARTNERS}/carousel-mix/batch"
        return self.paid(account.StartedSlides, path, json=fields, key=idempotency_key)

    @Call
    def remove_pose(
        self: Operations,
        generated_image_id: str,
        *,
        tier: Tier,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Operation[account.RemovedPose]:
        """Cut out an image of the Pose Generator, and wait for it."""
        fields = {"generatedImageId": generated_image_id, "tier": tier, "webhookUrl": webhook_url}
        path = f"{_PARTNERS}/pose-generator/auto-remove"
        return self.removed(account.RemovedPose, path, json=fields, key=idempotency_key)

    @Call
    def remove_and_upscale(
        self: Operations,
        image: Image | None = None,
        *,
        tier: Tier,
        image_url: str | None = None,
        order: str | None = None,
        factor: int | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[OutputOptions],
    ) -> Operation[account.RemovedAndUpscaled]:
        """Cut an image out and have the Image Upscaler enlarge it, before or after (`order`)."""
        more = {"tier": tier, "order": order, "factor": factor, "webhookUrl": webhook_url}
        form = single_form({**options, **more, "image_url": image_url}, image=image)
        path = f"{_PARTNERS}/image-upscaler/pipeline"
        return self.removed(account.RemovedAndUpscaled, path, form=form, key=idempotency_key)

    # --- subscription and payments ---

    @Call
    def plans(self: Operations) -> Operation[list[account.Plan]]:
        return self.listed(account.Plan, "billing/plans", "plans")

    @Call
    def subscription(self: Operations) -> Operation[account.Subscription]:
        return self.sent(account.Subscription, "GET", _SUBSCRIPTION)

    @Call
    def subscribe(
        self: Operations,
        plan: str,
        *,
        payment_method_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Operation[account.Subscribed]:
        """Subscribe to a plan, or change to it."""
        body = {"plan": plan, "paymentMethodId": payment_method_id}
        return self.paid(account.Subscribed, _SUBSCRIPTION, json=body, key=idempotency_key)

    @Call
    def subscribe_on_page(
        self: Operations,
        plan: str,
        *,
        success_url: str | None = None,
        cancel_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Operation[account.SubscriptionPage]:
        """A page on which a customer pays for a plan."""
        body = {"plan": plan, "successUrl": success_url, "cancelUrl": cancel_url}
        path = f"{_SUBSCRIPTION}/checkout"
        return self.paid(account.SubscriptionPage, path, json=body, key=idempotency_key)

    @Call
    def cancel_subscription(self: Operations) -> Operation[account.CancelledSubscription]:
        """Cancel it for the end of the month that is paid."""
        return self.sent(account.CancelledSubscription, "DELETE", _SUBSCRIPTION)

    @Call
    def resume_subscription(self: Operations) -> Operation[account.Subscription]:
        """Take a cancellation back."""
        return self.sent(account.Subscription, "POST", f"{_SUBSCRIPTION}/resume")

    @Call
    def packs(self: Operations) -> Operation[list[account.CreditPack]]:
        """Packs of credits on sale."""
        return self.listed(account.CreditPack, "billing/packs", "packs")

    @Call
    def checkout(
        self: Operations,
        pack: str,
        *,
        success_url: str | None = None,
        cancel_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Operation[account.Order]:
        """Order a pack of credits, which is paid on the page at `checkout_url`."""
        body = {"pack": pack, "successUrl": success_url, "cancelUrl": cancel_url}
        return self.paid(account.Order, "billing/checkout", json=body, key=idempotency_key)

    @Listing
    def invoices(self: Operations, /, **narrowed: Any) -> Operation[Page[account.Invoice]]:
        """All invoices, newest first, page by page."""
        return self.page("billing/invoices", "invoices", account.Invoice, narrowed)

    @Call
    def payment_method(self: Operations) -> Operation[account.PaymentMethod]:
        return self.sent(account.PaymentMethod, "GET", "billing/payment-method")

    @Call
    def choose_payment_method(
        self: Operations, payment_method_id: str
    ) -> Operation[account.PaymentMethod]:
        body = {"paymentMethodId": payment_method_id}
        return self.sent(account.PaymentMethod, "POST", "billing/payment-method", json=body)

    @Call
    def billing_portal(self: Operations) -> Operation[account.Portal]:
        return self.sent(account.Portal, "POST", "billing/portal")

    @Call
    def billing_settings(self: Operations) -> Operation[account.BillingSettings]:
        return self.sent(account.BillingSettings, "GET", "billing/settings")

    @Call
    def change_billing_settings(
        self: Operations, changes: Mapping[str, Any]
    ) -> Operation[account.BillingSettings]:
        """`spendingCap` and `lowCreditThreshold`, those that are given; None takes one away."""
        path = "billing/settings"
        return self.sent(account.BillingSettings, "PATCH", path, json=changes, keep_none=True)

    @Call
    def usage(
        self: Operations, *, from_date: str | None = None, to_date: str | None = None
    ) -> Operation[account.DailyUsage]:
        """Credits and images of each day; dates as in `2026-12-01`."""
        query = {"from": from_date, "to": to_date}
        return self.sent(account.DailyUsage, "GET", "billing/usage", query=query)

    @Call
    def stats(self: Operations, period: str | None = None) -> Operation[account.Stats]:
        """The account's own figures of `24h`, `7d`, `30d`, `90d` or `all`."""
        query = {"period": period}
        return self.sent(account.Stats, "GET", f"{_REMOVER}/stats", query=query)

    @Call
    def service_status(self: Operations) -> Operation[account.ServiceStatus]:
        """Whether the service takes work, and how long work waits; needs no key."""
        return self.sent(account.ServiceStatus, "GET", "status")


def _fetched(
    operations: Operations, images: list[dict[str, str]]
) -> Operation[list[models.Upload]]:
    path = f"{_UPLOADS}/addresses"
    begun = yield from operations.data("POST", path, json={"images": images}, key=new_key())
    ids = [one["uploadId"] for one in begun["uploads"]]
    while True:
        listed = {one.upload_id: one for one in (yield from _all_uploads(operations))}
        if not any(one in listed and listed[one].status == "fetching" for one in ids):
            break
        yield from sleep(_UPLOAD_POLL_S)
    found = []
    for upload_id in ids:
        found.append((yield from operations.uploaded(upload_id)))
    return found


def _all_uploads(operations: Operations) -> Operation[list[account.ListedUpload]]:
    found: list[account.ListedUpload] = []
    query: Mapping[str, Any] | None = {}
    while query is not None:
        page = yield from operations.page(_UPLOADS, "uploads", account.ListedUpload, query)
        found += page.items
        query = page.following
    return found
