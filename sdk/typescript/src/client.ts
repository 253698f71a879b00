import { AccountClient } from './account.js'
import { ApiError } from './errors.js'
import { type BatchProgress, follow, hasEnded } from './following.js'
import type {
  BatchItem,
  BatchStatus,
  BatchSummary,
  Credits,
  Job,
  JobSummary,
  LedgerEntry,
  OutputOptions,
  Price,
  Removal,
  ResultMetadata,
  StartedBatch,
  Tier,
  UploadSlot,
  User,
} from './models.js'
import { type Image, asPart, formOf, named, partsOf, typeOf } from './forms.js'
import { Protocol, type RetryOptions, envelopeData, pages, sleep } from './protocol.js'

const BATCH = 'background-remover/batch'
const JOBS = 'background-remover/jobs'
/** Larger batches go file by file, so that a broken connection costs one file and not all. */
const FORM_BYTES = 64 * 1024 * 1024
const UPLOADS_AT_ONCE = 4

export interface ClientOptions {
  /** An API key or an access token; without it `LUMIKU_API_KEY`. */
  apiKey?: string
  /** Without it `LUMIKU_BASE_URL`, or else this machine; no other host is ever assumed. */
  baseUrl?: string
  retry?: RetryOptions
}

export interface SingleOptions extends OutputOptions {
  image?: Image | undefined
  imageUrl?: string
  bgImage?: Image
  tier: Tier
  webhookUrl?: string
  idempotencyKey?: string
  signal?: AbortSignal
}

export interface BatchOptions extends OutputOptions {
  images: Iterable<Image>
  bgImage?: Image
  tier: Tier
  name?: string
  webhookUrl?: string
  idempotencyKey?: string
  /** Send file by file (true) or as one form (false); by default their size decides. */
  uploads?: boolean
  onProgress?: (progress: BatchProgress) => void
}

/** `metadata` is null where the server was so slow that it answered before the result was there. */
export type FinishedRemoval = Omit<Removal, 'metadata'> & { metadata: ResultMetadata | null }

/** Removes backgrounds on one server. */
export class BackgroundRemoverClient extends AccountClient {
  readonly #protocol: Protocol

  constructor(options: ClientOptions = {}) {
    const protocol = new Protocol(options.baseUrl, options.apiKey, options.retry)
    super(protocol)
    this.#protocol = protocol
  }

  get baseUrl(): string {
    return this.#protocol.baseUrl
  }

  /** Cut one image out and wait for it. Throws `ApiError`; a failure costs nothing. */
  async removeSingle(options: SingleOptions): Promise<FinishedRemoval> {
    const answer = await this.#remove(options, 'application/json')
    const data = await envelopeData<Removal & { statusUrl?: string }>(answer)
    if (!data.statusUrl) return this.#finished(data, data.jobId, data.metadata)
    return this.#finished(await this.finishedJob(data.jobId), data.jobId, null)
  }

  /** The same with the finished image itself. */
  async removeBlob(options: SingleOptions): Promise<Blob> {
    const answer = await this.#remove(options, 'image/*, application/json;q=0.5')
    if (!answer.headers.get('Content-Type')?.startsWith('application/json')) return answer.blob()
    // The answer came too late, or was given before under the same key.
    const job = await this.finishedJob((await envelopeData<Removal>(answer)).jobId)
    return this.download(job.processedUrl ?? '')
  }

  job(jobId: string): Promise<Job> {
    return this.#protocol.data('GET', `${JOBS}/${jobId}`)
  }

  /** The job once it has ended with a result; throws `ApiError` with the code of its failure. */
  override async finishedJob(jobId: string): Promise<Job> {
    for (;;) {
      const job = await this.job(jobId)
      if (job.status === 'completed') return job
      if (hasEnded(job.status)) {
        const { code, message } = job.error ?? { code: 'CANCELLED', message: 'The job was cancelled' }
        throw new ApiError(message, { code })
      }
      await sleep(2)
    }
  }

  /** The file at an address that the server gave, such as `processedUrl`. */
  async download(url: string, signal?: AbortSignal): Promise<Blob> {
    return (await this.#protocol.download(url, signal)).blob()
  }

  /** Start a batch of 2 to 500 images. With `onProgress` it is followed from now on. */
  async startBatch(options: BatchOptions): Promise<Batch> {
    const { images, bgImage, uploads, onProgress, idempotencyKey, ...fields } = options
    const files = [...images].map(named)
    const size = files.reduce((sum, file) => sum + file.size, 0)
    const sending =
      (uploads ?? (!bgImage && size > FORM_BYTES))
        ? { json: { ...fields, uploadIds: await this.#upload(files) } }
        : { form: formOf(fields, [...files.map(asPart('images')), ...partsOf('bg_image', bgImage)]) }
    const started = await this.#protocol.data<StartedBatch>('POST', BATCH, {
      ...sending,
      idempotencyKey: idempotencyKey ?? crypto.randomUUID(),
    })
    return new Batch(this.#protocol, started.batchId, started, onProgress)
  }

  /** A batch that was started before. */
  batch(batchId: string, onProgress?: (progress: BatchProgress) => void): Batch {
    return new Batch(this.#protocol, batchId, undefined, onProgress)
  }

  jobs(narrowed: Record<string, string> = {}): AsyncGenerator<JobSummary, void, undefined> {
    return pages(this.#protocol, JOBS, 'jobs', narrowed)
  }

  batches(narrowed: Record<string, string> = {}): AsyncGenerator<BatchSummary, void, undefined> {
    return pages(this.#protocol, BATCH, 'batches', narrowed)
  }

  ledger(narrowed: Record<string, string> = {}): AsyncGenerator<LedgerEntry, void, undefined> {
    return pages(this.#protocol, 'billing/ledger', 'entries', narrowed)
  }

  /** What a batch would cost, at most; needs no key. */
  price(asked: { imageCount: number; tier: Tier }): Promise<Price> {
    return this.#protocol.data('POST', 'background-remover/pricing/calculate', { json: asked })
  }

  credits(): Promise<Credits> {
    return this.#protocol.data('GET', 'billing/credits')
  }

  me(): Promise<User> {
    return this.#protocol.data('GET', 'auth/me')
  }

  #remove(options: SingleOptions, accept: string): Promise<Response> {
    const { image, imageUrl, bgImage, idempotencyKey, signal, ...fields } = options
    const files = [...partsOf('image', image), ...partsOf('bg_image', bgImage)]
    return this.#protocol.send('POST', 'background-remover/remove', {
      form: formOf({ ...fields, image_url: imageUrl }, files),
      idempotencyKey: idempotencyKey ?? crypto.randomUUID(),
      accept,
      signal,
    })
  }

  #finished(
    found: Removal | Job,
    jobId: string,
    metadata: ResultMetadata | null,
  ): FinishedRemoval {
    return {
      jobId,
      originalUrl: this.#protocol.absolute(found.originalUrl),
      processedUrl: this.#protocol.absolute(found.processedUrl),
      creditsUsed: found.creditsUsed,
      pricingType: found.pricingType,
      processingTimeMs: found.processingTimeMs ?? 0,
      tier: found.tier,
      metadata,
    }
  }

  /** Announce all files, and send a few at a time to the addresses that they get. */
  async #upload(files: File[]): Promise<string[]> {
    const announced = files.map((file) => ({
      filename: file.name,
      contentType: typeOf(file),
      size: file.size,
    }))
    const { uploads } = await this.#protocol.data<{ uploads: UploadSlot[] }>(
      'POST',
      'background-remover/uploads',
      { json: { files: announced } },
    )
    const left = uploads.map((slot, position) => ({ slot, file: files[position] as File })).values()
    const work = async () => {
      for (const { slot, file } of left) await this.#put(slot, file)
    }
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, work))
    return uploads.map((slot) => slot.uploadId)
  }

  /** A file that had arrived already, unnoticed because the answer was lost, is fine. */
  async #put(slot: UploadSlot, file: File): Promise<void> {
    try {
      await this.#protocol.put(slot.url, slot.headers, file)
    } catch (problem) {
      const path = `background-remover/uploads/${slot.uploadId}`
      const known = await this.#protocol
        .data<{ status: string }>('GET', path)
        .catch(() => undefined)
      if (!(problem instanceof ApiError) || known?.status !== 'uploaded') throw problem
    }
  }
}

/** A batch on the server. */
export class Batch {
  readonly id: string
  /** What the start answered, price included; undefined for one that was started before. */
  readonly started: StartedBatch | undefined
  readonly #protocol: Protocol
  readonly #onProgress: ((progress: BatchProgress) => void) | undefined
  #end: Promise<BatchStatus> | undefined
  #last: BatchStatus | undefined

  constructor(
    protocol: Protocol,
    id: string,
    started?: StartedBatch,
    onProgress?: (progress: BatchProgress) => void,
  ) {
    this.#protocol = protocol
    this.id = id
    this.started = started
    this.#onProgress = onProgress
    // Whoever waits later learns what went wrong; until then it is nobody's.
    if (onProgress) this.waitForCompletion().catch(() => undefined)
  }

  async status(): Promise<BatchStatus> {
    const found = await this.#protocol.data<BatchStatus>('GET', `${BATCH}/${this.id}`)
    this.#last = { ...found, zipUrl: this.#protocol.absolute(found.zipUrl) }
    return this.#last
  }

  async isComplete(): Promise<boolean> {
    return hasEnded((await this.status()).status)
  }

  async getProgress(): Promise<BatchProgress> {
    const { progress, status } = await this.status()
    return { ...progress, status }
  }

  /** Each new state until it has ended. */
  follow(): AsyncGenerator<BatchProgress, void, undefined> {
    return follow(this.#protocol, this.id, () => this.getProgress())
  }

  /** Its state when it has ended: completed, failed or cancelled. */
  waitForCompletion(): Promise<BatchStatus> {
    this.#end ??= this.#followed()
    return this.#end
  }

  /** The address of the ZIP, which needs no key and is short-lived; null as long as there is none,
   * as far as the last answer of the server tells. */
  getDownloadUrl(): string | null {
    return this.#last?.zipUrl ?? null
  }

  /** The ZIP, as a response whose body can be streamed to wherever it should go. */
  download(): Promise<Response> {
    return this.#protocol.send('GET', `${BATCH}/${this.id}/download`, { accept: '*/*' })
  }

  items(narrowed: Record<string, string> = {}): AsyncGenerator<BatchItem, void, undefined> {
    return pages(this.#protocol, `${BATCH}/${this.id}/items`, 'items', narrowed)
  }

  /** Stop it; what has finished by then is charged and can be downloaded. */
  cancel(): Promise<BatchStatus> {
    return this.#protocol.data('POST', `${BATCH}/${this.id}/cancel`)
  }

  /** A new batch of the images that failed for a reason of the server's. */
  async retry(onProgress?: (progress: BatchProgress) => void): Promise<Batch> {
    const started = await this.#protocol.data<StartedBatch>('POST', `${BATCH}/${this.id}/retry`, {
      json: {},
      idempotencyKey: crypto.randomUUID(),
    })
    return new Batch(this.#protocol, started.batchId, started, onProgress)
  }

  /** Delete its files and what it says about them. */
  erase(): Promise<BatchStatus> {
    return this.#protocol.data('DELETE', `${BATCH}/${this.id}`)
  }

  async #followed(): Promise<BatchStatus> {
    for await (const progress of this.follow()) this.#onProgress?.(progress)
    return this.status()
  }
}
