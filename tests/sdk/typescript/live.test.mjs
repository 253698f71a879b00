// Run by tests/sdk/live/test_typescript.py in a project that has only the packed package.
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { ApiError, BackgroundRemoverClient, UnexpectedAnswer, verifyWebhook } from '@lumiku/sdk'

const client = new BackgroundRemoverClient()
const photo = new File([await openAsBlob(process.env.PHOTO)], 'cat.jpg')

/** A server with these answers, in their order, and what it was asked. */
async function scripted(answers) {
  const asked = []
  const server = createServer((request, response) => {
    asked.push({ url: request.url, headers: request.headers })
    request.resume()
    request.on('end', () => {
      const { status = 200, headers = {}, body = {} } = answers.shift()
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
      response.end(JSON.stringify(body))
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, asked, close: () => server.close() }
}

test('a single image comes back with its addresses', async () => {
  const result = await client.removeSingle({ image: photo, tier: 'basic', scale: 0.25 })
  assert.equal(result.creditsUsed, 3)
  const cutOut = await client.download(result.processedUrl)
  assert.equal(cutOut.type, 'image/png')
  assert.equal(cutOut.size, result.metadata.processedSize)
})

test('the image itself can be the answer, and one key is one job', async () => {
  const wanted = { image: photo, tier: 'basic', format: 'webp', idempotencyKey: 'typescript' }
  const [first, second] = [await client.removeBlob(wanted), await client.removeBlob(wanted)]
  assert.equal(first.type, 'image/webp')
  assert.deepEqual(await first.arrayBuffer(), await second.arrayBuffer())
})

for (const uploads of [false, true]) {
  test(`a batch is followed to its ZIP, ${uploads ? 'file by file' : 'as a form'}`, async () => {
    const seen = []
    const batch = await client.startBatch({
      images: [photo, photo, photo],
      tier: 'basic',
      uploads,
      onProgress: (progress) => seen.push(progress.percentage),
    })
    const status = await batch.waitForCompletion()
    assert.equal(status.status, 'completed')
    assert.equal(seen.at(-1), 100)
    const zip = await (await fetch(batch.getDownloadUrl())).arrayBuffer()
    assert.equal(zip.byteLength, status.zipSizeBytes)
    assert.equal((await (await batch.download()).arrayBuffer()).byteLength, zip.byteLength)
    const names = []
    for await (const item of batch.items()) names.push(item.filename)
    assert.deepEqual(names, ['cat.jpg', 'cat.jpg', 'cat.jpg'])
  })
}

test('listings are read page by page', async () => {
  const ids = []
  for await (const job of client.jobs({ limit: '2' })) ids.push(job.id)
  assert.ok(ids.length > 2)
  assert.equal(new Set(ids).size, ids.length)
})

test('errors carry the code of the API', async () => {
  await assert.rejects(
    client.removeSingle({ image: new Blob(['no image']), tier: 'basic' }),
    (error) => error instanceof ApiError && error.code === 'INVALID_FILE_TYPE',
  )
})

test('a passing failure is sent again under the same key', async () => {
  const removed = { jobId: 'job_1', processedUrl: '/x', metadata: {} }
  const server = await scripted([{ status: 503 }, { body: { data: removed } }])
  const other = new BackgroundRemoverClient({
    baseUrl: server.url,
    apiKey: 'k',
    retry: { firstWait: 0.001 },
  })
  const result = await other.removeSingle({ image: photo, tier: 'basic' })
  server.close()
  assert.equal(result.processedUrl, `${server.url}/x`)
  const keys = server.asked.map(({ headers }) => headers['idempotency-key'])
  assert.equal(keys.length, 2)
  assert.equal(keys[0], keys[1])
})

test('a redirect is not followed with the key', async () => {
  const elsewhere = await scripted([{}])
  const server = await scripted([{ status: 307, headers: { Location: elsewhere.url } }])
  const other = new BackgroundRemoverClient({ baseUrl: server.url, apiKey: 'k' })
  await assert.rejects(other.credits(), UnexpectedAnswer)
  server.close()
  elsewhere.close()
  assert.deepEqual(elsewhere.asked, [])
})

test('a webhook is verified', async () => {
  const secret = randomBytes(32)
  const body = JSON.stringify({ type: 'batch.completed', timestamp: '', data: { batchId: 'b' } })
  const sentAt = String(Math.floor(Date.now() / 1000))
  const mac = createHmac('sha256', secret).update(`evt_1.${sentAt}.${body}`).digest('base64')
  const headers = {
    'Webhook-Id': 'evt_1',
    'Webhook-Timestamp': sentAt,
    'Webhook-Signature': `v1,${mac}`,
  }
  const text = `whsec_${secret.toString('base64')}`
  assert.equal((await verifyWebhook(body, headers, text)).data.batchId, 'b')
  await assert.rejects(verifyWebhook(`${body} `, headers, text))
  await assert.rejects(verifyWebhook(body, headers, text, Number(sentAt) + 301))
})
