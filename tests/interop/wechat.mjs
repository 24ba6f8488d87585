// An emulator, and a shop that listens. The SDKs are the guests here: nothing of this project but the binary.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import assert from 'node:assert/strict'

const BINARY = process.env.WXPAYKIT_EMULATOR ?? fileURLToPath(new URL('../../target/wxpaykit-emulator', import.meta.url))

/** The emulator's first line, with its control API; `options` are the emulator's. */
export async function startWeChat(...options) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: make emulator builds it`)
  const child = spawn(BINARY, ['--port', '0', ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise((resolve, reject) => {
    child.once('exit', (status) => reject(new Error(`the emulator ended with status ${status}`)))
    createInterface(child.stdout).once('line', resolve)
  })
  const said = JSON.parse(line)
  const get = async (path) => (await fetch(said.url + path)).json()
  const post = async (path, body) => (await fetch(said.url + path, { method: 'POST', body: JSON.stringify(body) })).json()
  return {
    ...said,
    get,
    post,
    /** A file, such as the merchant's certificate. */
    async file(path) {
      return Buffer.from(await (await fetch(said.url + path)).arrayBuffer())
    },
    /** A customer pays; back when the shop has answered the notification. */
    async pays(how) {
      assert.match((await post('/_emulator/pay', how)).err_msg, /:ok$/)
      await post('/_emulator/clock', { advance_s: 0 })
    },
    async order(out_trade_no) {
      return (await get(`/_emulator/orders?out_trade_no=${out_trade_no}`))[0]
    },
    /** What the journal says about the last request, a refused signature. */
    async refusal(outcome = 'protocol:签名错误') {
      const [entry] = await get('/_emulator/journal?limit=1')
      assert.equal(entry.outcome, outcome)
      return entry.explanation
    },
    async stop() {
      child.removeAllListeners('exit')
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
    },
  }
}

/** Listens with a handler on a port of its own. */
export async function listen(handler) {
  const server = handler.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}/notify`,
    stop: () => new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    }),
  }
}
