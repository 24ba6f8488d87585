// Each call under each fault of its replies: what its tests share. The rows are in tests/faults.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { after } from 'node:test'
import { WxPay, WxPayError } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'

export const matrix = JSON.parse(readFileSync(new URL('../../tests/faults/matrix.json', import.meta.url), 'utf8'))
export const TEA = { body: '茶', total_fee: 88, openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', spbill_create_ip: '127.0.0.1' }

/** An emulator of the file's own: its faults are not for other tests. And the options of APIv3. */
export const wechat = await startEmulator()
export const v3Options = { ...wechat.options, ...wechat.v3Options, notifyUrl: 'http://127.0.0.1:9/notify', store: 'memory:' }
after(() => wechat.stop())

/** How a call ends: `ok`, or the error. */
export async function ended(call, run, options = wechat.options) {
  const pay = new WxPay({ ...options, timeout: matrix.timeout_ms })
  const begun = performance.now()
  try {
    await run(pay)
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof WxPayError, String(error))
    assert.equal(error.endpoint, call)
    return { ...error, class: error.name, code: error.code, retry: error.retry }
  } finally {
    assert.ok(performance.now() - begun < matrix.timeout_ms + 1000)
  }
}

/** Of an error, what is wanted of it. */
export function expect(found, wanted) {
  const compared =
    typeof wanted === 'object' && typeof found === 'object'
      ? Object.fromEntries(Object.keys(wanted).map((name) => [name, found[name]]))
      : found
  assert.deepEqual(compared, wanted)
}

/** Takes requests, and answers 502 or not at all. */
export async function gateway(t, silent) {
  const [got, waiting] = [[], []]
  const server = createServer((request, response) => {
    const pieces = []
    request.on('data', (piece) => pieces.push(piece)).on('end', () => {
      got.push([request.headers.authorization, Buffer.concat(pieces).toString('latin1')])
      waiting.shift()?.()
      if (!silent) response.writeHead(502).end()
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => (server.close(), server.closeAllConnections()))
  return { url: `http://127.0.0.1:${server.address().port}`, got, came: () => new Promise((done) => waiting.push(done)) }
}
