import { ApiError, LumikuError, NotConnected, UnexpectedAnswer } from './errors.js'

export const VERSION = '0.1.0'
/** The oldest server that has everything, and the first that may lack some of it. */
const OLDEST: Version = [0, 1]
const NEXT_INCOMPATIBLE: Version = [1, 0]
const DEFAULT_BASE_URL = 'http://localhost:8000'
const REPEATED = new Set([408, 429, 500, 502, 503, 504])

type Version = readonly [number, number]

export interface RetryOptions {
  /** How often a request is repeated; default 4. */
  retries?: number
  /** The first pause in seconds, which then doubles; default 0.5. */
  firstWait?: number
  /** A `Retry-After` above this many seconds is thrown at once; default 60. */
  longestWait?: number
}

export interface Sending {
  query?: Record<string, string | number | undefined>
  json?: unknown
  form?: FormData
  idempotencyKey?: string
  accept?: string
  signal?: AbortSignal | undefined
}

/** Requests to one server with one key. */
export class Protocol {
  readonly baseUrl: string
  readonly apiKey: string | undefined
  readonly #retry: Required<RetryOptions>
  #serverKnown = false

  constructor(baseUrl: string | undefined, apiKey: string | undefined, retry: RetryOptions = {}) {
    this.baseUrl = normalized(baseUrl || environment('LUMIKU_BASE_URL') || DEFAULT_BASE_URL)
    this.apiKey = apiKey ?? environment('LUMIKU_API_KEY')
    this.#retry = { retries: 4, firstWait: 0.5, longestWait: 60, ...retry }
  }

  /** `data` of the answer. */
  async data<T>(method: string, path: string, sending: Sending = {}): Promise<T> {
    return envelopeData<T>(await this.send(method, path, sending))
  }

  /** A successful answer. Throws `LumikuError`. */
  async send(method: string, path: string, sending: Sending = {}): Promise<Response> {
    const url = new URL(`${this.baseUrl}/${path}`)
    for (const [name, value] of Object.entries(sending.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const headers = new Headers({ Accept: sending.accept ?? 'application/json' })
    if (this.apiKey) headers.set('Authorization', `Bearer ${this.apiKey}`)
    if (sending.idempotencyKey) headers.set('Idempotency-Key', sending.idempotencyKey)
    if (sending.json !== undefined) headers.set('Content-Type', 'application/json')
    const body = sending.form ?? (sending.json === undefined ? null : JSON.stringify(sending.json))
    // A redirect could take the key to another host.
    const init: RequestInit = { method, headers, body, redirect: 'manual' }
    return this.#repeated(url, init, sending.signal)
  }

  /** Put a file to an upload address, which takes it without the key. */
  async put(url: string, headers: Record<string, string>, file: Blob): Promise<void> {
    await this.#repeated(new URL(url), { method: 'PUT', headers, body: file, redirect: 'manual' })
  }

  /** The file at an address that the server gave; the key goes to the server's own origin only. */
  async download(address: string, signal?: AbortSignal): Promise<Response> {
    const url = new URL(address, this.baseUrl)
    const own = url.origin === new URL(this.baseUrl).origin && this.apiKey
    // Signed addresses may lead to an object store, and need no key.
    const signed = url.searchParams.has('signature')
    const headers = new Headers()
    if (own && !signed) headers.set('Authorization', `Bearer ${this.apiKey}`)
    const redirect = signed || !own ? 'follow' : 'manual'
    return this.#repeated(url, { headers, redirect }, signal)
  }

  absolute<T extends string | null | undefined>(address: T): T {
    return (address ? new URL(address, this.baseUrl).href : address) as T
  }

  async #repeated(url: URL, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(url, { ...init, signal: signal ?? null })
      } catch (problem) {
        const seconds = this.#wait(attempt, problem)
        if (seconds === undefined) throw problem
        await sleep(seconds, signal)
      }
    }
  }

  async #once(url: URL, init: RequestInit): Promise<Response> {
    let answer: Response
    try {
      answer = await fetch(url, init)
    } catch (problem) {
      if (init.signal?.aborted) throw problem
      throw new NotConnected(`${url.origin} cannot be reached: ${reason(problem)}`, {
        cause: problem,
      })
    }
    this.#lookAt(answer)
    if (answer.type === 'opaqueredirect' || (answer.status >= 300 && answer.status < 400)) {
      throw new UnexpectedAnswer(
        'the server redirects, which could take the key to another host: correct the base address',
      )
    }
    if (!answer.ok) throw await errorOf(answer)
    return answer
  }

  /** Seconds until the next attempt; undefined if there is none. */
  #wait(attempt: number, problem: unknown): number | undefined {
    if (attempt >= this.#retry.retries || !isPassing(problem)) return undefined
    const asked = problem instanceof ApiError ? problem.retryAfter : undefined
    if (asked !== undefined) {
      // Never sooner than asked, and not all clients at the same moment.
      return asked <= this.#retry.longestWait ? asked * (1 + Math.random() / 10) : undefined
    }
    const wait = Math.min(this.#retry.firstWait * 2 ** attempt, this.#retry.longestWait)
    return wait * (0.5 + Math.random() / 2)
  }

  #lookAt(answer: Response): void {
    const version = answer.headers.get('X-Server-Version')
    if (this.#serverKnown || !version) return
    this.#serverKnown = true
    const advice = adviceFor(version)
    if (advice) console.warn(`@lumiku/sdk ${VERSION} was not made for server ${version}: ${advice}`)
  }
}

export async function envelopeData<T>(answer: Response): Promise<T> {
  const body: unknown = await answer.json().catch(() => undefined)
  if (typeof body !== 'object' || body === null || !('data' in body)) {
    throw new UnexpectedAnswer('the answer is not JSON of this API; is the base address right?')
  }
  return body.data as T
}

export function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}

function environment(name: string): string | undefined {
  const process = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process
  return process?.env?.[name] || undefined
}

/** With the prefix of the API and without a slash at the end. */
function normalized(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new LumikuError(`${text} is not an address such as https://api.example.com/v1`)
  }
  const whole = url.href.replace(/\/+$/, '')
  return /\/(v1|api)$/.test(url.pathname.replace(/\/+$/, '')) ? whole : `${whole}/v1`
}

function isPassing(problem: unknown): boolean {
  if (!(problem instanceof ApiError)) return problem instanceof NotConnected
  if (problem.code === 'QUOTA_EXCEEDED') return false
  return REPEATED.has(problem.status) || problem.code === 'REQUEST_IN_PROGRESS'
}

async function errorOf(answer: Response): Promise<ApiError> {
  const told = Number(answer.headers.get('Retry-After') || NaN)
  const about = { status: answer.status, retryAfter: Number.isNaN(told) ? undefined : told }
  const body = (await answer.json().catch(() => ({}))) as {
    error?: { code?: string; message?: string; details?: unknown; requestId?: string }
  }
  const error = typeof body === 'object' ? body?.error : undefined
  if (typeof error !== 'object') return new ApiError(`The server answered ${answer.status}`, about)
  return new ApiError(String(error.message), {
    ...about,
    code: String(error.code),
    details: error.details,
    requestId: error.requestId,
  })
}

function adviceFor(version: string): string | undefined {
  const [major, minor] = version.split('.').map(Number)
  if (major === undefined || minor === undefined || Number.isNaN(major + minor)) return undefined
  const found: Version = [major, minor]
  if (isBefore(found, OLDEST)) return 'update the server'
  return isBefore(found, NEXT_INCOMPATIBLE) ? undefined : 'update the package'
}

function isBefore(one: Version, other: Version): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1])
}

function reason(problem: unknown): string {
  const cause = problem instanceof Error ? (problem.cause ?? problem) : problem
  return cause instanceof Error ? cause.message : String(cause)
}

/** All entries of a listing, page by page. */
export async function* pages<T>(
  protocol: Protocol,
  path: string,
  name: string,
  narrowed: Record<string, string>,
): AsyncGenerator<T, void, undefined> {
  let query: Record<string, string | number | undefined> | undefined = { limit: 100, ...narrowed }
  while (query) {
    const data: Record<string, unknown> = await protocol.data('GET', path, { query })
    if (!Array.isArray(data[name])) throw new UnexpectedAnswer(`the answer has no ${name}`)
    yield* data[name] as T[]
    query = following(query, data['pagination'] as Pagination)
  }
}

interface Pagination {
  hasNext: boolean
  page: number | null
  nextCursor?: string | null
}

function following(
  query: Record<string, string | number | undefined>,
  { hasNext, page, nextCursor }: Pagination,
): Record<string, string | number | undefined> | undefined {
  if (!hasNext) return undefined
  // A cursor skips and repeats nothing while entries are added.
  if (nextCursor) return { ...query, page: undefined, cursor: nextCursor }
  return { ...query, page: (page ?? 1) + 1 }
}
