// Written by models.py from the OpenAPI document; changes are lost.

export interface BatchError {
  code: BatchErrorCode
  message: string
}

export type BatchErrorCode = 'BATCH_FAILED' | 'ARCHIVE_FAILED'

export interface BatchItem {
  id: string
  /** Null for a single. */
  batchId: string | null
  filename: string | null
  tier: Tier
  status: JobState
  creditsUsed: number
  createdAt: string
  expiredAt: string | null
  erasedAt: string | null
  error: JobError | null
  /** When its owner called the result bad. */
  reportedAt: string | null
  /** The free retry of an image whose result was bad. */
  retryJobId: string | null
  /** The job whose result was bad, at its free retry. */
  retryOf: string | null
  /** The rendering that `processedUrl` opens: 1 is the first result. */
  version: number
  /** True while the mask can be fetched and other versions rendered, free. */
  editable: boolean
  /** Null until the result may be read, for a moment after, and once it is gone. */
  previews: Previews | null
  originalUrl: string | null
  /** Signed, short-lived; null until the image, or the batch that it belongs to, is paid for. */
  processedUrl: string | null
  pricingType: PricingTypeEnum
  processingTimeMs: number | null
  /** `local`, or the remote provider that did the work. */
  aiProvider: string | null
  modelName: string | null
  /** The beginning of the model file's checksum. */
  modelVersion: string | null
  /** What computed it. */
  engine: string | null
  device: DeviceEnum | null
  metadata: OriginalMetadata
  completedAt: string | null
  /** Until the batch has ended, the image's part of what is held; then, if it finished, what it costs. */
  price: number
  /** What it is called in the ZIP. */
  zipName: string | null
}

export interface BatchPricing {
  /** Set aside until the batch has ended. */
  totalCredits: number
  discountPercentage: number
  /** Charged when the batch ended, for the finished images alone. */
  creditsUsed: number
}

export type BatchState = 'pending' | 'processing' | 'zipping' | 'completed' | 'failed' | 'cancelled'

export interface BatchStatus {
  batchId: string
  name: string | null
  /** `zipping`: every image has ended, the archive is being written. */
  status: BatchState
  tier: Tier
  progress: Progress
  pricing: BatchPricing
  timing: Timing
  /** Signed, short-lived. */
  zipUrl: string | null
  zipSizeBytes: number | null
  error: BatchError | null
  /** The batch that this one repeats. */
  retryOf: string | null
  /** The batch that repeats the failed images of this one. */
  retryBatchId: string | null
  cancelRequestedAt: string | null
  completedAt: string | null
  expiredAt: string | null
  erasedAt: string | null
}

export interface BatchSummary {
  batchId: string
  name: string | null
  status: BatchState
  tier: Tier
  totalImages: number
  processedImages: number
  failedImages: number
  percentage: number
  totalCredits: number
  creditsUsed: number
  createdAt: string
  completedAt: string | null
}

export interface BillingSettings {
  spendingCap: SpendingCap | null
  /** An e-mail is sent below so many credits; 0: never. */
  lowCreditThreshold: number
  /** Whether the threshold is the service's default. */
  isDefaultThreshold: boolean
}

export interface CancelledSubscription {
  message: string
  expiresAt: string
  remainingDays: number
}

export interface Card {
  id: string
  type: string
  brand: string | null
  last4: string | null
  expMonth: number | null
  expYear: number | null
}

export type ContentTypeEnum = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/heic' | 'image/avif' | 'image/tiff' | 'image/bmp' | 'image/gif' | 'image/heif'

export interface CreditPack {
  id: string
  name: string
  credits: number
  price: number
  currency: string
}

export interface Credits {
  /** Free to spend. */
  available: number
  /** Set aside for work under way. */
  held: number
  /** Spent before their payment was taken back; later credits pay it. */
  owed: number
  currency: string
  /** In `currency`. */
  pricePerCredit: number
  creditsPerImage: CreditsPerImage
}

export interface CreditsPerImage {
  basic: number
  standard: number
  professional: number
  industry: number
}

export interface CreditsUsed {
  /** Charged by now for the jobs of the period. */
  used: number
  available: number
  costInIDR: number
}

export interface DailyQuota {
  limit: number
  used: number
  remaining: number
  resetsAt: string
}

export interface DailyUsage {
  from: string
  to: string
  /** The sum of all days. */
  credits: number
  days: UsageDay[]
}

export type DeliveryStatusEnum = 'pending' | 'delivered' | 'dead'

export type DeviceEnum = 'cpu' | 'gpu'

export type DisabledReasonEnum = 'failing' | 'gone' | 'operator'

export type EntryKindEnum = 'grant' | 'hold' | 'capture' | 'release' | 'adjust'

export type EventEnum = 'job.completed' | 'job.failed' | 'job.cancelled' | 'batch.progress' | 'batch.completed' | 'batch.failed' | 'batch.cancelled' | 'credits.low' | 'quota.reached' | 'subscription.created' | 'subscription.updated' | 'subscription.ended' | 'invoice.created' | 'invoice.paid' | 'invoice.payment_failed' | 'endpoint.test'

export type EventsEnum = '*' | 'job.*' | 'batch.*' | 'credits.*' | 'quota.*' | 'subscription.*' | 'invoice.*' | 'job.completed' | 'job.failed' | 'job.cancelled' | 'batch.progress' | 'batch.completed' | 'batch.failed' | 'batch.cancelled' | 'credits.low' | 'quota.reached' | 'subscription.created' | 'subscription.updated' | 'subscription.ended' | 'invoice.created' | 'invoice.paid' | 'invoice.payment_failed'

export type FormatEnum = 'png' | 'webp' | 'jpg' | 'zip'

export interface Invoice {
  id: string
  number: string | null
  description: string | null
  status: string
  currency: string
  /** In whole rupiah. */
  amountDue: number
  amountPaid: number
  orderId: string | null
  pdfUrl: string | null
  hostedUrl: string | null
  createdAt: string
  paidAt: string | null
  periodStart: string
  periodEnd: string
}

export interface IssuedWebhookEndpoint {
  /** `hook_…` */
  id: string
  url: string
  description: string
  events: EventsEnum[]
  active: boolean
  /** When attempts began to fail, if none has succeeded since. */
  failingSince: string | null
  /** When the service turned it off, if it did. */
  disabledAt: string | null
  /** `failing`: no attempt succeeded for days; `gone`: it answered 410; `operator`. */
  disabledReason: DisabledReasonEnum | null
  /** Until when the secret before this one signs, too. */
  previousSecretExpiresAt: string | null
  createdAt: string
  updatedAt: string
  /** `whsec_` and base64; shown this once */
  secret: string
}

export interface Job {
  id: string
  /** Null for a single. */
  batchId: string | null
  /** As it was sent. */
  filename: string | null
  tier: Tier
  status: JobState
  creditsUsed: number
  createdAt: string
  expiredAt: string | null
  erasedAt: string | null
  error: JobError | null
  /** When its owner called the result bad. */
  reportedAt: string | null
  /** The free retry of an image whose result was bad. */
  retryJobId: string | null
  /** The job whose result was bad, at its free retry. */
  retryOf: string | null
  /** The rendering that `processedUrl` opens: 1 is the first result. */
  version: number
  /** True while the mask can be fetched and other versions rendered, free. */
  editable: boolean
  /** Null until the result may be read, for a moment after, and once it is gone. */
  previews: Previews | null
  originalUrl: string | null
  /** Signed, short-lived; null until the image, or the batch that it belongs to, is paid for. */
  processedUrl: string | null
  pricingType: PricingTypeEnum
  processingTimeMs: number | null
  /** `local`, or the remote provider that did the work. */
  aiProvider: string | null
  modelName: string | null
  /** The beginning of the model file's checksum. */
  modelVersion: string | null
  /** What computed it. */
  engine: string | null
  device: DeviceEnum | null
  metadata: OriginalMetadata
  completedAt: string | null
}

export interface JobCounts {
  total: number
  completed: number
  failed: number
  cancelled: number
  /** Queued or being worked on, as of now. */
  unfinished: number
  /** Percent of those that completed or failed. */
  successRate: number
}

export interface JobError {
  code: string
  message: string
}

export interface JobPagination {
  /** Null behind a `cursor`. */
  page: number | null
  limit: number
  total: number
  totalPages: number
  hasNext: boolean
  hasPrev: boolean
  /** `cursor` of the next page; null where there is none. */
  nextCursor: string | null
}

export type JobState = 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled'

export interface JobSummary {
  id: string
  /** Null for a single. */
  batchId: string | null
  /** As it was sent. */
  filename: string | null
  tier: Tier
  status: JobState
  creditsUsed: number
  createdAt: string
  expiredAt: string | null
  erasedAt: string | null
  error: JobError | null
  /** When its owner called the result bad. */
  reportedAt: string | null
  /** The free retry of an image whose result was bad. */
  retryJobId: string | null
  /** The job whose result was bad, at its free retry. */
  retryOf: string | null
  /** The rendering that `processedUrl` opens: 1 is the first result. */
  version: number
  /** True while the mask can be fetched and other versions rendered, free. */
  editable: boolean
  /** Null until the result may be read, for a moment after, and once it is gone. */
  previews: Previews | null
}

export interface LedgerEntry {
  id: string
  kind: EntryKindEnum
  /** Change of what is available. */
  creditsChange: number
  /** Change of what is set aside. */
  heldChange: number
  availableAfter: number
  heldAfter: number
  /** The job, the batch, or the order of credits that an invoice names as well. */
  reference: string | null
  reason: string | null
  createdAt: string
}

export interface ListedUpload {
  uploadId: string
  /** Empty once a batch has used it. */
  filename: string
  /** As it was announced. */
  reference: string | null
  /** Where it is fetched from; null once a batch has used it. */
  url: string | null
  /** Null until an image has been fetched. */
  contentType: ContentTypeEnum | null
  /** Bytes; null until an image has been fetched. */
  size: number | null
  status: UploadStatusEnum
  /** Why the image could not be fetched, once `failed`. */
  error: UploadError | null
  createdAt: string
  expiresAt: string
  usedAt: string | null
  /** While it is `pending`: where the file goes, as announced. */
  sendTo: UploadTarget | null
}

export type MethodEnum = 'PUT'

export interface Order {
  orderId: string
  checkoutUrl: string
  credits: number
  amount: number
  currency: string
}

export type OrderEnum = 'remove-first' | 'upscale-first'

export interface OriginalMetadata {
  fileSizeBytes: number
  /** Pixels of the original. */
  width: number
  /** Pixels of the original. */
  height: number
  /** Of the original: jpg, png, webp, heic, avif, tiff, bmp or gif. */
  format: string
}

export interface Pagination {
  page: number
  limit: number
  total: number
  totalPages: number
  hasNext: boolean
  hasPrev: boolean
}

export interface PaymentMethod {
  paymentMethod: Card | null
  /** With this Stripe.js makes a `paymentMethodId` out of a card. */
  publishableKey: string | null
}

export type PeriodEnum = 'day' | 'month'

export interface Plan {
  name: string
  price: number
  dailyQuota: number
  allowedTiers: string[]
  professionalQuota?: number
}

export type PlanEnum = 'starter' | 'pro'

export interface PlanPrice {
  monthlyPrice: number
  currency: string
}

export interface Portal {
  /** Works for a few minutes. */
  url: string
}

export interface Preset {
  name: string
  title: string
  builtIn: boolean
  options: Record<string, unknown>
  /** Where a marketplace publishes the rules of a built-in one. */
  source: string | null
  updatedAt: string | null
}

export interface Preview {
  /** WebP of 256 pixels on its long side. Signed. */
  small: string
  /** WebP of 1024 pixels on its long side. Signed. */
  large: string
}

export interface Previews {
  /** Null once the original is no longer kept. */
  original: Preview | null
  result: Preview
}

export interface Price {
  imageCount: number
  tier: Tier
  baseCreditsPerImage: number
  baseTotal: number
  discountPercentage: number
  discountAmount: number
  finalTotal: number
  /** Rounded to 4 decimals. */
  creditsPerImageAfterDiscount: number
  breakdown: PriceBreakdown
}

export interface PriceBreakdown {
  costInIDR: number
  /** Rounded to the cent. */
  costInUSD: number
  savingsIDR: number
}

export type PricingTypeEnum = 'credits' | 'subscription'

export interface Progress {
  totalImages: number
  /** Finished with a result. */
  processedImages: number
  failedImages: number
  cancelledImages: number
  /** `floor(100·(processedImages+failedImages)/totalImages)`. */
  percentage: number
}

export interface QueueWait {
  /** How long the oldest single image has waited. */
  singleSeconds: number
  /** How long the batch that was left alone longest waits for its turn. */
  batchSeconds: number
}

export interface Quotas {
  daily: DailyQuota
  professionalTier?: TierQuota
}

export interface RecordedEvent {
  type: TypeEnum
  /** `evt_…`, sent as `webhook-id` */
  id: string
  /** The event's number within the account. */
  sequence: number
  timestamp: string
  data: Record<string, unknown>
}

export interface RecordedEvents {
  events: RecordedEvent[]
  /** `after` of the next request. */
  nextAfter: number
  hasMore: boolean
  /** The lowest number of all events that are kept. */
  oldestSequence: number | null
  /** The highest number given so far. */
  latestSequence: number
}

export interface Removal {
  jobId: string
  /** Signed, short-lived. */
  originalUrl: string | null
  /** Signed, short-lived. */
  processedUrl: string | null
  creditsUsed: number
  pricingType: PricingTypeEnum
  processingTimeMs: number
  tier: Tier
  metadata: ResultMetadata
}

export interface RemovedAndUpscaled {
  jobId: string
  /** Signed; opens without a login. */
  processedUrl: string
  creditsUsed: number
  order: OrderEnum
  factor: number
}

export interface RemovedPose {
  jobId: string
  /** Signed; opens without a login. */
  processedUrl: string
  creditsUsed: number
  generatedImageId: string
}

export interface RenderedVersion {
  version: Version
  job: Job
}

export interface ReportedResult {
  jobId: string
  reportedAt: string
  /** Null where no tier is above. */
  retry: Job | null
}

export interface ResultMetadata {
  /** Bytes. */
  originalSize: number
  /** Bytes. */
  processedSize: number
  /** Pixels of the result. */
  width: number
  /** Pixels of the result. */
  height: number
  /** Of the result. */
  format: string
}

export type RoleEnum = 'user' | 'admin'

export interface Secret {
  /** `whsec_` and base64 */
  secret: string
  createdAt: string
  expiresAt: string | null
}

export interface ServiceStatus {
  state: StateEnum
  /** What the operators say about a maintenance. */
  message: string
  queue: QueueWait
  /** Percent in the last 24 hours; null without any image. Pictures in which there is nothing to find, or that do not decode, are left out. */
  successRate: number | null
  /** The last 24, oldest first. */
  hours: StatusHour[]
  /** 95 of 100 images were done within this, last 24 hours. */
  slowMs: SlowMs
  checkedAt: string
}

export interface SlowMs {
  basic?: number
  standard?: number
  professional?: number
  industry?: number
}

export interface SpendingCap {
  credits: number
  period: PeriodEnum
  /** Charged or set aside in this period, without what was given back. */
  spent: number
  /** When the period ends. */
  resetsAt: string
}

export interface StartPricing {
  baseCreditsPerImage: number
  baseTotal: number
  discountPercentage: number
  discountAmount: number
  /** Set aside until the batch has ended. */
  finalTotal: number
  /** Rounded to 4 decimals. */
  creditsPerImageAfterDiscount: number
}

export interface StartedAvatars {
  /** Follow it at `GET /background-remover/batch/{id}`. */
  batchId: string
  /** Set aside until the batch has ended. */
  totalCredits: number
  /** The volume discount. The partner's own rate is in `totalCredits` already. */
  discountPercentage: number
  projectId: string
  totalAvatars: number
}

export interface StartedBatch {
  batchId: string
  totalImages: number
  tier: Tier
  pricing: StartPricing
  /** From measured throughput and the queue; 0 when the batch has ended. */
  estimatedCompletionMinutes: number
  status: BatchState
  createdAt: string
}

export interface StartedSlides {
  /** Follow it at `GET /background-remover/batch/{id}`. */
  batchId: string
  /** Set aside until the batch has ended. */
  totalCredits: number
  /** The volume discount. The partner's own rate is in `totalCredits` already. */
  discountPercentage: number
  carouselId: string
  totalSlides: number
}

export type StateEnum = 'up' | 'busy' | 'maintenance'

export interface Stats {
  period: string
  jobs: JobCounts
  credits: CreditsUsed
  tierBreakdown: TierShares
}

export interface StatusHour {
  /** Its beginning, UTC. */
  hour: string
  /** null without any image. */
  successRate: number | null
}

export interface Subscribed {
  subscriptionId: string
  plan: PlanEnum
  /** One of incomplete, incomplete_expired, trialing, active, past_due, unpaid, paused, canceled. */
  status: string
  nextBillingDate: string
  amountCharged: number
}

export interface Subscription {
  hasSubscription: boolean
  subscriptionId?: string
  plan?: PlanEnum
  /** One of incomplete, incomplete_expired, trialing, active, past_due, unpaid, paused, canceled. */
  status?: string
  pricing?: PlanPrice
  quotas?: Quotas
  allowedTiers?: string[]
  billing?: SubscriptionTerms
  availablePlans?: Plan[]
}

export interface SubscriptionPage {
  /** Stripe's page; send the customer there. */
  checkoutUrl: string
}

export interface SubscriptionTerms {
  nextBillingDate: string | null
  subscribedAt: string
  cancelAtPeriodEnd: boolean
  expiresAt: string | null
  /** Until when an overdue payment can be made up for. */
  graceUntil: string | null
}

export type Tier = 'basic' | 'standard' | 'professional' | 'industry'

export interface TierQuota {
  limit: number
  used: number
  remaining: number
}

export interface TierShare {
  count: number
  percentage: number
  creditsUsed: number
}

export interface TierShares {
  basic: TierShare
  standard: TierShare
  professional: TierShare
  industry: TierShare
}

export interface Timing {
  createdAt: string
  startedAt: string | null
  estimatedCompletionAt: string | null
}

export type TypeEnum = 'job.completed' | 'job.failed' | 'job.cancelled' | 'batch.progress' | 'batch.completed' | 'batch.failed' | 'batch.cancelled' | 'credits.low' | 'quota.reached' | 'subscription.created' | 'subscription.updated' | 'subscription.ended' | 'invoice.created' | 'invoice.paid' | 'invoice.payment_failed'

export interface Upload {
  uploadId: string
  /** Empty once a batch has used it. */
  filename: string
  /** As it was announced. */
  reference: string | null
  /** Where it is fetched from; null once a batch has used it. */
  url: string | null
  /** Null until an image has been fetched. */
  contentType: ContentTypeEnum | null
  /** Bytes; null until an image has been fetched. */
  size: number | null
  status: UploadStatusEnum
  /** Why the image could not be fetched, once `failed`. */
  error: UploadError | null
  createdAt: string
  expiresAt: string
  usedAt: string | null
}

export interface UploadError {
  code: string
  message: string
}

export interface UploadSlot {
  uploadId: string
  filename: string
  method: MethodEnum
  /** Takes the file once, without any login. */
  url: string
  /** Send these as they are; the Content-Length must be the announced size. */
  headers: Record<string, string>
  /** Until then the file must have arrived and a batch must have started with it. */
  expiresAt: string
}

export type UploadStatusEnum = 'pending' | 'fetching' | 'failed' | 'uploaded' | 'used' | 'expired'

export interface UploadTarget {
  method: MethodEnum
  url: string
  headers: Record<string, string>
}

export interface UsageDay {
  date: string
  /** Charged or set aside for work that began on this day. */
  credits: number
  /** Taken from the day's quota. */
  imagesBySubscription: number
}

export interface User {
  id: string
  email: string
  role: RoleEnum
  /** Without it there are no welcome credits and no notices by e-mail. Also true where this server asks for no verification. */
  emailVerified: boolean
  createdAt: string
}

export interface Version {
  /** 1 is the first result. */
  version: number
  status: VersionStatusEnum
  /** Whether the job's `processedUrl` opens it. */
  current: boolean
  /** Signed, short-lived. */
  processedUrl: string | null
  preview: Preview | null
  options: Record<string, unknown>
  metadata: VersionMetadata | null
  error: VersionError | null
  createdAt: string
  completedAt: string | null
}

export interface VersionError {
  code: string
  message: string
}

export interface VersionMetadata {
  /** Bytes. */
  processedSize: number
  /** Pixels of the result. */
  width: number
  /** Pixels of the result. */
  height: number
  /** Of the result. */
  format: string
}

export type VersionStatusEnum = 'queued' | 'completed' | 'failed'

export interface WebhookAttempt {
  at: string
  durationMs: number
  requestHeaders: Record<string, string>
  responseStatus: number | null
  responseExcerpt: string
  error: string
}

export interface WebhookDelivery {
  /** `dlv_…` */
  id: string
  event: EventEnum
  /** `evt_…`, sent as `webhook-id` */
  eventId: string
  /** The event's number within the account. */
  sequence: number | null
  /** Null where it goes to the `webhookUrl` of a job or batch. */
  endpointId: string | null
  /** Of an event of a batch. */
  batchId: string | null
  /** Of an event of a single removal. */
  jobId: string | null
  url: string
  status: DeliveryStatusEnum
  attempts: number
  nextAttemptAt: string | null
  responseStatus: number | null
  responseExcerpt: string
  error: string
  /** Of the last attempt. */
  durationMs: number | null
  createdAt: string
  endedAt: string | null
}

export interface WebhookEndpoint {
  /** `hook_…` */
  id: string
  url: string
  description: string
  events: EventsEnum[]
  active: boolean
  /** When attempts began to fail, if none has succeeded since. */
  failingSince: string | null
  /** When the service turned it off, if it did. */
  disabledAt: string | null
  /** `failing`: no attempt succeeded for days; `gone`: it answered 410; `operator`. */
  disabledReason: DisabledReasonEnum | null
  /** Until when the secret before this one signs, too. */
  previousSecretExpiresAt: string | null
  createdAt: string
  updatedAt: string
}

export interface WebhookSecrets {
  current: Secret
  previous: Secret | null
}

export interface WholeWebhookDelivery {
  /** `dlv_…` */
  id: string
  event: EventEnum
  /** `evt_…`, sent as `webhook-id` */
  eventId: string
  /** The event's number within the account. */
  sequence: number | null
  /** Null where it goes to the `webhookUrl` of a job or batch. */
  endpointId: string | null
  /** Of an event of a batch. */
  batchId: string | null
  /** Of an event of a single removal. */
  jobId: string | null
  url: string
  status: DeliveryStatusEnum
  attempts: number
  nextAttemptAt: string | null
  responseStatus: number | null
  responseExcerpt: string
  error: string
  /** Of the last attempt. */
  durationMs: number | null
  createdAt: string
  endedAt: string | null
  /** The text that was signed and sent. */
  body: string
  log: WebhookAttempt[]
}

/** Output options; what is left out has the server's default. */
export interface OutputOptions {
  /** Output options by name: a built-in preset such as `amazon`, or one of your own (`GET /background-remover/presets`). Options that are given go over the preset's. */
  preset?: string
  /** One of the models that the tier may use, such as `u2net`, in place of its usual one; nothing stands in for it. A name that cannot be had is refused, with the installed ones in `details.installed`. The price is the tier's. */
  model?: string
  /** Default `png`. `jpg` has no transparency: without a background it is white. `zip` holds `color.jpg` and `alpha.png`. */
  format?: FormatEnum
  /** A colour to put behind: hex (`fff`, `#1a2b3c`, `1a2b3c80`), `r,g,b[,a]` or a CSS name. Not with `bg_image`, `mask_only` or `zip`. */
  bg_color?: string
  /** Cut off the empty border. */
  crop?: boolean
  /** Margin kept around the subject, with `crop`: one, two or four lengths such as `10px` or `5%` (at most 500px, 50%). It may reach beyond the image, up to a result of 25 megapixels. */
  crop_margin?: string
  /** Factor on both sides of the result, default 1, up to 25 megapixels. */
  scale?: number
  /** Of JPEG and WebP, default 90; WebP at 100 is lossless. */
  quality?: number
  /** Deliver the mask alone, white where the subject is. */
  mask_only?: boolean
  /** Fill holes and drop specks of the mask. */
  clean_mask?: boolean
  /** Place the subject on a canvas of this size (`2000x2000`) or ratio (`4:5`), or on one as large as the photo (`original`). Not with `crop`. */
  canvas?: string
  /** How much of the canvas the subject fills, `1%` to `100%`; default `85%`. Not with `padding`. */
  fill?: string
  /** Room kept free around the subject, as `crop_margin`; instead of `fill`. */
  padding?: string
  /** Where the subject stands on its canvas: `center` (default), `bottom`, `top left`, …, or shares across and down such as `50% 100%`. */
  align?: string
  /** A contact shadow: `none` (default), `soft`, or its opacity such as `30%`. */
  shadow?: string
  /** Density written into PNG and JPEG; it changes no pixel. */
  dpi?: number
}
