// Starts the emulator for a test file, and asks its control API.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const BINARY = process.env.WXPAYKIT_EMULATOR ?? fileURLToPath(new URL('../../target/release/wxpaykit-emulator', import.meta.url))

/** The emulator's first line, with `control` for its API and `stop`. */
export async function startEmulator(...args) {
  if (!existsSync(BINARY)) {
    throw new Error(`${BINARY} is missing: make emulator builds it`)
  }
  const process_ = spawn(BINARY, ['--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await new Promise((resolve, reject) => {
    process_.once('exit', (code) => reject(new Error(`the emulator ended with status ${code}`)))
    createInterface(process_.stdout).once('line', (text) => resolve([text]))
  })
  const merchant = JSON.parse(line)
  return {
    ...merchant,
    options: {
      appid: merchant.appid,
      mchId: merchant.mch_id,
      apiKey: merchant.api_key,
      appSecret: merchant.app_secret,
      endpoints: merchant.url,
      notifyUrl: 'http://127.0.0.1:9/notify',
    },
    async control(path, body) {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      return (await fetch(merchant.url + path, init)).json()
    },
    async stop() {
      process_.removeAllListeners('exit')
      const ended = new Promise((resolve) => process_.once('exit', resolve))
      process_.kill('SIGTERM')
      await ended
    },
  }
}
