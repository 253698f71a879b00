import type { BatchState, Progress } from './models.js'
import { type Protocol, sleep } from './protocol.js'

const ENDED = new Set<string>(['completed', 'failed', 'cancelled'])
/** A socket that says nothing for so long is not trusted: the state is asked for beside it. */
const SILENCE_S = 20
const SOCKET_ATTEMPTS = 3
const LONGEST_POLL_S = 5

export type BatchProgress = Progress & { status: BatchState }

export function hasEnded(status: string): boolean {
  return ENDED.has(status)
}

/** Each new state of a batch until it has ended: pushed over a WebSocket where that works. */
export async function* follow(
  protocol: Protocol,
  batchId: string,
  ask: () => Promise<BatchProgress>,
): AsyncGenerator<BatchProgress, void, undefined> {
  let socket: Channel | undefined
  let attempts = 0
  let poll = 1
  let last = ''
  try {
    for (;;) {
      if (!socket && attempts++ < SOCKET_ATTEMPTS) socket = await Channel.open(protocol, batchId)
      if (!socket && last) {
        await sleep(poll)
        poll = Math.min(poll * 1.5, LONGEST_POLL_S)
      }
      const heard = await socket?.next()
      if (!heard && !socket?.isOpen) socket = undefined
      const state = heard ?? (await ask())
      const seen = JSON.stringify(state)
      if (seen === last) continue
      last = seen
      poll = 1
      yield state
      if (hasEnded(state.status)) return
    }
  } finally {
    socket?.close()
  }
}

/** A WebSocket that is subscribed to one batch. */
class Channel {
  readonly #socket: WebSocket
  readonly #waiting: BatchProgress[] = []
  #wake: () => void = () => undefined
  isOpen = true

  private constructor(socket: WebSocket, batchId: string) {
    this.#socket = socket
    socket.onmessage = ({ data }) => {
      const state = stateIn(data, batchId)
      if (state === 'refused') this.close()
      else if (state) this.#waiting.push(state)
      this.#wake()
    }
    socket.onclose = socket.onerror = () => {
      this.isOpen = false
      this.#wake()
    }
  }

  /** Undefined where there are no WebSockets (Node before 22) or none opens. */
  static open(protocol: Protocol, batchId: string): Promise<Channel | undefined> {
    if (typeof WebSocket === 'undefined') return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const url = `${protocol.baseUrl.replace(/^http/, 'ws')}/background-remover/ws`
      const socket = new WebSocket(url)
      const timer = setTimeout(() => socket.close(), 10_000)
      socket.onerror = socket.onclose = () => {
        clearTimeout(timer)
        resolve(undefined)
      }
      socket.onopen = () => {
        clearTimeout(timer)
        const channel = new Channel(socket, batchId)
        // In a message rather than in the address, which ends up in logs.
        socket.send(JSON.stringify({ type: 'auth', token: protocol.apiKey }))
        socket.send(JSON.stringify({ type: 'subscribe', batchId }))
        resolve(channel)
      }
    })
  }

  /** The next state; undefined after a silence, or when the socket has closed. */
  async next(): Promise<BatchProgress | undefined> {
    if (!this.#waiting.length && this.isOpen) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SILENCE_S * 1000)
        this.#wake = () => {
          if (!this.#waiting.length && this.isOpen) return
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return this.#waiting.shift()
  }

  close(): void {
    this.isOpen = false
    this.#socket.close()
  }
}

function stateIn(data: unknown, batchId: string): BatchProgress | 'refused' | undefined {
  const message = JSON.parse(String(data)) as Record<string, unknown>
  if (message['batchId'] === batchId && 'percentage' in message) {
    return {
      totalImages: Number(message['totalImages']),
      processedImages: Number(message['processedImages']),
      failedImages: Number(message['failedImages']),
      cancelledImages: Number(message['cancelledImages']),
      percentage: Number(message['percentage']),
      status: message['status'] as BatchState,
    }
  }
  return message['type'] === 'error' ? 'refused' : undefined
}
