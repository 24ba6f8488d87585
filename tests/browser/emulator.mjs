// An emulator of a test's own, who orders there, and a way between browser and emulator that can break.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createShop } from 'node:http'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { WeChat } from './shop.mjs'

const PROGRAM = process.env.WXPAYKIT_EMULATOR ?? fileURLToPath(new URL('../../target/wxpaykit-emulator', import.meta.url))

/** Starts an emulator whose clock stands still. */
export async function startEmulator(...options) {
  const child = spawn(PROGRAM, ['--port', '0', '--frozen-clock', '--exit-with-stdin', ...options], { stdio: ['pipe', 'pipe', 'inherit'] })
  const line = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status) => reject(new Error(`the emulator ended with status ${status}`)))
    createInterface(child.stdout).once('line', resolve)
  })
  const merchant = JSON.parse(line)
  const stop = async () => {
    child.removeAllListeners('exit')
    const ended = once(child, 'exit')
    child.stdin.end()
    await ended
  }
  return Object.assign(new WeChat(merchant.url), { merchant, stop })
}

/** A signature as the documents describe it, over `text` instead of what is right. */
export function md5(text) {
  return createHash('md5').update(text).digest('hex').toUpperCase()
}

/** The text to sign, without its end. */
export function signedText(fields) {
  const names = Object.keys(fields).filter((name) => name !== 'sign' && fields[name] !== '').sort()
  return names.map((name) => `${name}=${fields[name]}`).join('&')
}

/** An order's fields, without a signature. */
export function orderFields(wechat, fields) {
  const { appid, mch_id } = wechat.merchant
  return {
    appid, body: '龙井茶', mch_id, nonce_str: 'ibuaiVcKdpRxkhJA', notify_url: 'http://127.0.0.1:9/notify', product_id: '1',
    spbill_create_ip: '203.0.113.9', total_fee: '100', trade_type: 'NATIVE', ...fields,
  }
}

/** Orders; `sign` is right unless given. Gives WeChat's reply. */
export function unifiedorder(wechat, fields, sign) {
  return call(wechat, '/pay/unifiedorder', orderFields(wechat, fields), sign)
}

/** Posts these fields. Gives WeChat's reply. */
export async function call(wechat, path, all, sign) {
  const escaped = (value) => value.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)
  const signed = { ...all, sign: sign ?? md5(`${signedText(all)}&key=${wechat.merchant.api_key}`) }
  const xml = Object.entries(signed).map(([name, value]) => `<${name}>${escaped(value)}</${name}>`).join('')
  return (await fetch(wechat.url + path, { method: 'POST', body: `<xml>${xml}</xml>` })).text()
}

export const ACK = '<xml><return_code>SUCCESS</return_code><return_msg>OK</return_msg></xml>'

/** A shop that hears notifications and answers each as `answer(n)` says: `[status, body]`, counted from 0. */
export async function startListener(answer) {
  let heard = 0
  const server = createShop((request, response) => {
    request.resume().on('end', () => {
      const [status, body] = answer(heard++)
      response.writeHead(status).end(body)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const stop = () => { server.closeAllConnections(); return new Promise((resolve) => server.close(resolve)) }
  return { url: `http://127.0.0.1:${server.address().port}/notify`, stop }
}

/** A way to `wechat` at an address of its own, which can break, mend, and lead elsewhere. */
export async function startWay(wechat) {
  const open = new Set()
  let target = wechat
  let server
  let port = 0
  const way = {
    async mend() {
      server = createServer((from) => {
        const to = connect(Number(new URL(target.url).port), '127.0.0.1')
        for (const [one, other] of [[from, to], [to, from]]) {
          open.add(one)
          one.pipe(other)
          one.on('error', () => {}).on('close', () => { open.delete(one); other.destroy() })
        }
      })
      await once(server.listen(port, '127.0.0.1'), 'listening')
      port = server.address().port
      way.url = `http://127.0.0.1:${port}`
    },
    async breaks() {
      const closed = new Promise((resolve) => server.close(resolve))
      open.forEach((socket) => socket.destroy())
      await closed
    },
    leadTo(other) { target = other },
  }
  await way.mend()
  return way
}
