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

export type DeviceEnum = 'cpu' | 'gpu'

export type EntryKindEnum = 'grant' | 'hold' | 'capture' | 'release' | 'adjust'

export type FormatEnum = 'png' | 'webp' | 'jpg' | 'zip'

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

export type MethodEnum = 'PUT'

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

export type Tier = 'basic' | 'standard' | 'professional' | 'industry'

export interface Timing {
  createdAt: string
  startedAt: string | null
  estimatedCompletionAt: string | null
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

export interface User {
  id: string
  email: string
  role: RoleEnum
  /** Without it there are no welcome credits and no notices by e-mail. Also true where this server asks for no verification. */
  emailVerified: boolean
  createdAt: string
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
