import type {
  BillingSettings,
  CancelledSubscription,
  CreditPack,
  DailyUsage,
  Invoice,
  Job,
  ListedUpload,
  Order,
  OutputOptions,
  PaymentMethod,
  Plan,
  Portal,
  Preset,
  RecordedEvents,
  RemovedAndUpscaled,
  RemovedPose,
  RenderedVersion,
  ReportedResult,
  ServiceStatus,
  StartedAvatars,
  StartedBatch,
  StartedSlides,
  Stats,
  Subscribed,
  Subscription,
  SubscriptionPage,
  Tier,
  Upload,
  Version,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookSecrets,
  IssuedWebhookEndpoint,
  WholeWebhookDelivery,
} from './models.js'
import { type Part, formOf, partsOf } from './forms.js'
import type { Image } from './forms.js'
import { type Protocol, pages, sleep } from './protocol.js'

const REMOVER = 'background-remover'
const PARTNERS = `${REMOVER}/integrations`
const SUBSCRIPTION = `${REMOVER}/subscription`
const PRESETS = `${REMOVER}/presets`
const UPLOADS = `${REMOVER}/uploads`
const ENDPOINTS = 'webhooks/endpoints'
const DELIVERIES = 'webhooks/deliveries'

type Narrowed = Record<string, string>

/** What is the same for every partner. */
export interface PartnerOptions {
  tier: Tier
  webhookUrl?: string
  idempotencyKey?: string
}

export interface PartnerBatchOptions extends PartnerOptions {
  name?: string
}

export interface UpscaleOptions extends OutputOptions, PartnerOptions {
  image?: Image
  imageUrl?: string
  order?: 'remove-first' | 'upscale-first'
  factor?: number
}

export interface UploadedBatchOptions extends OutputOptions {
  tier: Tier
  name?: string
  webhookUrl?: string
  idempotencyKey?: string
}

export interface ReturnUrls {
  successUrl?: string
  cancelUrl?: string
  idempotencyKey?: string
}

export interface EndpointChange {
  url?: string
  events?: string[]
  description?: string
  active?: boolean
}

/** What the client offers besides removals and batches: one method for each operation. */
export abstract class AccountClient {
  readonly #protocol: Protocol

  protected constructor(protocol: Protocol) {
    this.#protocol = protocol
  }

  // Single images

  abstract finishedJob(jobId: string): Promise<Job>

  /** Stop a job that has not begun or is under way; it costs nothing. */
  cancelJob(jobId: string): Promise<Job> {
    return this.#protocol.data('POST', `${REMOVER}/jobs/${jobId}/cancel`)
  }

  /** Delete a job's files and what the server keeps about them. */
  eraseJob(jobId: string): Promise<Job> {
    return this.#protocol.data('DELETE', `${REMOVER}/jobs/${jobId}`)
  }

  /** Have a result that was paid for made anew a tier up, free, once for each image. */
  reportBadResult(jobId: string): Promise<ReportedResult> {
    return this.#protocol.data('POST', `${REMOVER}/jobs/${jobId}/bad-result`)
  }

  /** The mask of a result, as a PNG of one channel. */
  async mask(jobId: string): Promise<Blob> {
    const path = `${REMOVER}/jobs/${jobId}/mask`
    return (await this.#protocol.send('GET', path, { accept: '*/*' })).blob()
  }

  versions(jobId: string): Promise<Version[]> {
    return this.#listed(`${REMOVER}/jobs/${jobId}/versions`, 'versions')
  }

  version(jobId: string, version: number): Promise<Version> {
    return this.#protocol.data('GET', `${REMOVER}/jobs/${jobId}/versions/${version}`)
  }

  /** Render a result anew with a corrected mask or other output options, free. A server that is
   * slow answers before the version is completed. */
  renderVersion(
    jobId: string,
    options: OutputOptions & { mask?: Image; bgImage?: Image } = {},
  ): Promise<RenderedVersion> {
    const { mask, bgImage, ...fields } = options
    const form = formOf(fields, [...partsOf('mask', mask), ...partsOf('bg_image', bgImage)])
    return this.#paid(`${REMOVER}/jobs/${jobId}/versions`, { form })
  }

  // Presets

  presets(): Promise<Preset[]> {
    return this.#listed(PRESETS, 'presets')
  }

  createPreset(name: string, options: OutputOptions, title?: string): Promise<Preset> {
    return this.#protocol.data('POST', PRESETS, { json: { name, options, title } })
  }

  changePreset(name: string, change: { options?: OutputOptions; title?: string }): Promise<Preset> {
    return this.#protocol.data('PATCH', `${PRESETS}/${name}`, { json: change })
  }

  async deletePreset(name: string): Promise<void> {
    await this.#protocol.send('DELETE', `${PRESETS}/${name}`)
  }

  // Batches of files that the server has

  /** Let the server fetch images, and wait until it has; each is `uploaded`, or `failed` with an
   * `error`. `startBatchOfUploads` takes those that were uploaded. */
  async fetchAddresses(urls: Iterable<string>): Promise<Upload[]> {
    const images = [...urls].map((url) => ({ url }))
    const begun = await this.#paid<{ uploads: Upload[] }>(`${UPLOADS}/addresses`, { json: { images } })
    const ids = new Set(begun.uploads.map((one) => one.uploadId))
    for (;;) {
      let waiting = false
      for await (const one of this.uploads()) {
        if (ids.has(one.uploadId) && one.status === 'fetching') waiting = true
      }
      if (!waiting) break
      await sleep(2)
    }
    const found: Upload[] = []
    for (const id of ids) found.push(await this.upload(id))
    return found
  }

  /** Start a batch of files that the server has; `client.batch(started.batchId)` follows it. */
  startBatchOfUploads(uploadIds: string[], options: UploadedBatchOptions): Promise<StartedBatch> {
    const { idempotencyKey, ...fields } = options
    return this.#paid(`${REMOVER}/batch`, { json: { ...fields, uploadIds } }, idempotencyKey)
  }

  upload(uploadId: string): Promise<Upload> {
    return this.#protocol.data('GET', `${UPLOADS}/${uploadId}`)
  }

  /** Files that no batch has used yet, those that are being fetched among them. */
  uploads(): AsyncGenerator<ListedUpload, void, undefined> {
    return pages(this.#protocol, UPLOADS, 'uploads', {})
  }

  async deleteUpload(uploadId: string): Promise<void> {
    await this.#protocol.send('DELETE', `${UPLOADS}/${uploadId}`)
  }

  async discardUploads(uploadIds: string[]): Promise<void> {
    await this.#protocol.send('POST', `${UPLOADS}/discard`, { json: { uploadIds } })
  }

  // Partners

  /** Start a batch of a project of the Avatar Creator. */
  removeAvatars(projectId: string, options: PartnerBatchOptions): Promise<StartedAvatars> {
    const { idempotencyKey, ...fields } = options
    const json = { projectId, ...fields }
    return this.#paid(`${PARTNERS}/avatar-creator/batch`, { json }, idempotencyKey)
  }

  /** Start a batch of a carousel of Carousel Mix. */
  removeSlides(carouselId: string, options: PartnerBatchOptions): Promise<StartedSlides> {
    const { idempotencyKey, ...fields } = options
    const json = { carouselId, ...fields }
    return this.#paid(`${PARTNERS}/carousel-mix/batch`, { json }, idempotencyKey)
  }

  /** Cut out an image of the Pose Generator, and wait for it. */
  removePose(generatedImageId: string, options: PartnerOptions): Promise<RemovedPose> {
    const { idempotencyKey, ...fields } = options
    const json = { generatedImageId, ...fields }
    return this.#removed(`${PARTNERS}/pose-generator/auto-remove`, { json }, idempotencyKey)
  }

  /** Cut an image out and have the Image Upscaler enlarge it, before or after (`order`). */
  removeAndUpscale(options: UpscaleOptions): Promise<RemovedAndUpscaled> {
    const { image, imageUrl, idempotencyKey, ...fields } = options
    const files: Part[] = partsOf('image', image)
    const form = formOf({ ...fields, image_url: imageUrl }, files)
    return this.#removed(`${PARTNERS}/image-upscaler/pipeline`, { form }, idempotencyKey)
  }

  // Subscription and payments

  plans(): Promise<Plan[]> {
    return this.#listed('billing/plans', 'plans')
  }

  subscription(): Promise<Subscription> {
    return this.#protocol.data('GET', SUBSCRIPTION)
  }

  /** Subscribe to a plan, or change to it. */
  subscribe(
    plan: string,
    options: { paymentMethodId?: string; idempotencyKey?: string } = {},
  ): Promise<Subscribed> {
    const { idempotencyKey, ...fields } = options
    return this.#paid(SUBSCRIPTION, { json: { plan, ...fields } }, idempotencyKey)
  }

  /** A page on which a customer pays for a plan. */
  subscribeOnPage(plan: string, options: ReturnUrls = {}): Promise<SubscriptionPage> {
    const { idempotencyKey, ...fields } = options
    return this.#paid(`${SUBSCRIPTION}/checkout`, { json: { plan, ...fields } }, idempotencyKey)
  }

  /** Cancel it for the end of the month that is paid. */
  cancelSubscription(): Promise<CancelledSubscription> {
    return this.#protocol.data('DELETE', SUBSCRIPTION)
  }

  /** Take a cancellation back. */
  resumeSubscription(): Promise<Subscription> {
    return this.#protocol.data('POST', `${SUBSCRIPTION}/resume`)
  }

  /** Packs of credits on sale. */
  packs(): Promise<CreditPack[]> {
    return this.#listed('billing/packs', 'packs')
  }

  /** Order a pack of credits, which is paid on the page at `checkoutUrl`. */
  checkout(pack: string, options: ReturnUrls = {}): Promise<Order> {
    const { idempotencyKey, ...fields } = options
    return this.#paid('billing/checkout', { json: { pack, ...fields } }, idempotencyKey)
  }

  invoices(): AsyncGenerator<Invoice, void, undefined> {
    return pages(this.#protocol, 'billing/invoices', 'invoices', {})
  }

  paymentMethod(): Promise<PaymentMethod> {
    return this.#protocol.data('GET', 'billing/payment-method')
  }

  choosePaymentMethod(paymentMethodId: string): Promise<PaymentMethod> {
    return this.#protocol.data('POST', 'billing/payment-method', { json: { paymentMethodId } })
  }

  /** Address of the page on which the customer manages payments. */
  billingPortal(): Promise<Portal> {
    return this.#protocol.data('POST', 'billing/portal')
  }

  billingSettings(): Promise<BillingSettings> {
    return this.#protocol.data('GET', 'billing/settings')
  }

  /** `spendingCap` and `lowCreditThreshold`, those that are given; null takes one away. */
  changeBillingSettings(changes: Record<string, unknown>): Promise<BillingSettings> {
    return this.#protocol.data('PATCH', 'billing/settings', { json: changes })
  }

  /** Credits and images of each day; dates as in `2026-12-01`. */
  usage(dates: { from?: string; to?: string } = {}): Promise<DailyUsage> {
    return this.#protocol.data('GET', 'billing/usage', { query: dates })
  }

  /** The account's own figures of `24h`, `7d`, `30d`, `90d` or `all`. */
  stats(period?: string): Promise<Stats> {
    return this.#protocol.data('GET', `${REMOVER}/stats`, { query: { period } })
  }

  /** Whether the service takes work, and how long work waits; needs no key. */
  serviceStatus(): Promise<ServiceStatus> {
    return this.#protocol.data('GET', 'status')
  }

  // Webhooks

  webhookEndpoints(): Promise<WebhookEndpoint[]> {
    return this.#listed(ENDPOINTS, 'endpoints')
  }

  webhookEndpoint(endpointId: string): Promise<WebhookEndpoint> {
    return this.#protocol.data('GET', `${ENDPOINTS}/${endpointId}`)
  }

  /** A new endpoint; its `secret` is shown this once. */
  createWebhookEndpoint(
    url: string,
    options: Omit<EndpointChange, 'url'> = {},
  ): Promise<IssuedWebhookEndpoint> {
    return this.#protocol.data('POST', ENDPOINTS, { json: { url, ...options } })
  }

  /** Change what is given; `active: true` also turns on what the service has turned off. */
  changeWebhookEndpoint(endpointId: string, change: EndpointChange): Promise<WebhookEndpoint> {
    return this.#protocol.data('PATCH', `${ENDPOINTS}/${endpointId}`, { json: change })
  }

  async deleteWebhookEndpoint(endpointId: string): Promise<void> {
    await this.#protocol.send('DELETE', `${ENDPOINTS}/${endpointId}`)
  }

  /** A new secret; the one before signs besides for `overlapHours`. */
  rotateWebhookEndpoint(
    endpointId: string,
    overlapHours?: number,
  ): Promise<IssuedWebhookEndpoint> {
    const path = `${ENDPOINTS}/${endpointId}/rotate-secret`
    return this.#protocol.data('POST', path, { json: { overlapHours } })
  }

  /** Have a test event sent once. */
  testWebhookEndpoint(endpointId: string): Promise<WebhookDelivery> {
    return this.#protocol.data('POST', `${ENDPOINTS}/${endpointId}/test`)
  }

  /** Deliveries, newest first; narrowed by `endpoint`, `event`, `status`, `batchId` or `jobId`. */
  webhookDeliveries(narrowed: Narrowed = {}): AsyncGenerator<WebhookDelivery, void, undefined> {
    return pages(this.#protocol, DELIVERIES, 'deliveries', narrowed)
  }

  webhookDelivery(deliveryId: string): Promise<WholeWebhookDelivery> {
    return this.#protocol.data('GET', `${DELIVERIES}/${deliveryId}`)
  }

  /** Send it again, with all its attempts. */
  replayWebhookDelivery(deliveryId: string): Promise<WebhookDelivery> {
    return this.#protocol.data('POST', `${DELIVERIES}/${deliveryId}/replay`)
  }

  /** Events of the last 30 days with a higher number than `after`, to catch up with. */
  webhookEvents(
    asked: { after?: number; limit?: number; type?: string } = {},
  ): Promise<RecordedEvents> {
    return this.#protocol.data('GET', 'webhooks/events', { query: asked })
  }

  /** What signs deliveries to addresses that came with a job or batch. */
  webhookSecrets(): Promise<WebhookSecrets> {
    return this.#protocol.data('GET', 'integrations/webhook-secret')
  }

  rotateWebhookSecret(): Promise<WebhookSecrets> {
    return this.#protocol.data('POST', 'integrations/webhook-secret')
  }

  async #listed<T>(path: string, name: string): Promise<T[]> {
    return (await this.#protocol.data<Record<string, T[]>>('GET', path))[name] ?? []
  }

  /** A POST that is carried out once, however often it is sent. */
  #paid<T>(path: string, sending: { json?: unknown; form?: FormData }, key?: string): Promise<T> {
    const idempotencyKey = key ?? crypto.randomUUID()
    return this.#protocol.data('POST', path, { ...sending, idempotencyKey })
  }

  /** A removal for a partner, awaited however long it takes. */
  async #removed<T extends { processedUrl: string; creditsUsed: number }>(
    path: string,
    sending: { json?: unknown; form?: FormData },
    key?: string,
  ): Promise<T> {
    let found = await this.#paid<T & { jobId: string; statusUrl?: string }>(path, sending, key)
    if (found.statusUrl) {
      const { processedUrl, creditsUsed } = await this.finishedJob(found.jobId)
      found = { ...found, processedUrl: processedUrl ?? '', creditsUsed }
    }
    return { ...found, processedUrl: this.#protocol.absolute(found.processedUrl) }
  }
}
