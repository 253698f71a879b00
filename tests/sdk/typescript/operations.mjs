// Calls every method of the client once, and prints the method and path of each request as JSON.

import { AccountClient, BackgroundRemoverClient, Batch } from '@lumiku/sdk'

const asked = []
globalThis.fetch = async (url, init) => {
  asked.push([init.method ?? 'GET', new URL(url).pathname])
  return new Response('{}', { status: 404 })
}
const image = new File(['x'], 'x.jpg')
// In place of options, of a list of addresses and of an identifier; a method ignores what it lacks.
const options = { image, images: [image, image], tier: 'basic', imageCount: 2, uploads: true }
const lists = new Set(['fetchAddresses', 'startBatchOfUploads', 'discardUploads'])
const objects = new Set(['removeSingle', 'removeBlob', 'startBatch', 'removeAndUpscale', 'price'])
const narrowed = new Set(['jobs', 'batches', 'ledger', 'items', 'webhookDeliveries'])
narrowed.add('webhookEvents').add('usage').add('changeBillingSettings')

async function callAll(target, prototype) {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const found = Object.getOwnPropertyDescriptor(prototype, name).value
    if (name === 'constructor' || typeof found !== 'function') continue
    const first = lists.has(name) ? ['x'] : objects.has(name) ? options : narrowed.has(name) ? {} : 'x'
    try {
      const result = found.call(target, first, options)
      if (result?.[Symbol.asyncIterator]) for await (const _ of result);
      else await result
    } catch (problem) {
      if (problem?.status !== 404) throw new Error(`${name} failed otherwise`, { cause: problem })
    }
  }
}

const client = new BackgroundRemoverClient({
  apiKey: 'x',
  baseUrl: 'http://localhost:1',
  retry: { retries: 0 },
})
await callAll(client, BackgroundRemoverClient.prototype)
await callAll(client, AccountClient.prototype)
await client.startBatch({ ...options, uploads: false }).catch(() => undefined)
await callAll(client.batch('batch_1'), Batch.prototype)
console.log(JSON.stringify(asked))
