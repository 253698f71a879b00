import { WebhookVerificationError } from './errors.js'

const TOLERANCE_S = 300

export interface WebhookEvent {
  /** Stays the same when a delivery is repeated. */
  id: string
  type: string
  timestamp: string
  data: Record<string, unknown>
}

/**
 * The event in a delivery, which is signed by the Standard Webhooks scheme. `body` has to be as it
 * came. Several secrets may be given while one is being replaced.
 */
export async function verifyWebhook(
  body: string,
  headers: Headers | Record<string, string | string[] | undefined>,
  secret: string | string[],
  now = Date.now() / 1000,
): Promise<WebhookEvent> {
  const [id, sentAt, offered] = ['id', 'timestamp', 'signature'].map((name) =>
    headerOf(headers, `webhook-${name}`),
  ) as [string, string, string]
  if (!/^\d+$/.test(sentAt) || Math.abs(now - Number(sentAt)) > TOLERANCE_S) {
    throw new WebhookVerificationError('the delivery is too old, or a clock is wrong')
  }
  const signed = new TextEncoder().encode(`${id}.${sentAt}.${body}`)
  const checks = [secret].flat().flatMap((one) =>
    offered
      .split(' ')
      .filter((part) => part.startsWith('v1,'))
      .map((part) => isSigned(signed, one, part.slice(3))),
  )
  if (!(await Promise.all(checks)).includes(true)) {
    throw new WebhookVerificationError('no signature of the delivery is right')
  }
  return { id, ...(JSON.parse(body) as Omit<WebhookEvent, 'id'>) }
}

function headerOf(
  headers: Headers | Record<string, string | string[] | undefined>,
  name: string,
): string {
  const found =
    headers instanceof Headers
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  if (typeof found !== 'string') throw new WebhookVerificationError(`the header ${name} is missing`)
  return found
}

/** Compared by the platform, in constant time. */
async function isSigned(signed: BufferSource, secret: string, signature: string): Promise<boolean> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const raw = bytesOf(secret.replace(/^whsec_/, ''))
  const offered = bytesOf(signature)
  if (!raw || !offered) return false
  const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['verify'])
  return crypto.subtle.verify('HMAC', key, offered, signed)
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  } catch {
    return undefined
  }
}
