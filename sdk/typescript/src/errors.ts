/** Everything that this package throws on purpose. */
export class LumikuError extends Error {
  override name = 'LumikuError'
}

/** The server could not be reached, or the connection broke, also after all retries. */
export class NotConnected extends LumikuError {
  override name = 'NotConnected'
}

/** The answer is not what the API documents: a proxy's page, or a redirect. */
export class UnexpectedAnswer extends LumikuError {
  override name = 'UnexpectedAnswer'
}

/** A webhook delivery that is not ours, was changed, or is too old. */
export class WebhookVerificationError extends LumikuError {
  override name = 'WebhookVerificationError'
}

/** An error that the server answered with; `code` is one of the API's, such as `NO_SUBJECT_FOUND`. */
export class ApiError extends LumikuError {
  override name = 'ApiError'
  readonly code: string
  readonly status: number
  readonly details: unknown
  readonly requestId: string | undefined
  /** Seconds, where the server told them. */
  readonly retryAfter: number | undefined

  constructor(
    message: string,
    about: {
      code?: string
      status?: number
      details?: unknown
      requestId?: string | undefined
      retryAfter?: number | undefined
    } = {},
  ) {
    super(message)
    this.code = about.code ?? ''
    this.status = about.status ?? 0
    this.details = about.details
    this.requestId = about.requestId
    this.retryAfter = about.retryAfter
  }
}
