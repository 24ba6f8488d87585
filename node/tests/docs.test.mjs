// The code of docs/node.md, run in its order against the emulator.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { buildXml, sign } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'

let wechat
let shop

before(async () => {
  wechat = await startEmulator()
  Object.assign(process.env, {
    WXPAY_APPID: wechat.appid,
    WXPAY_MCH_ID: wechat.mch_id,
    WXPAY_API_KEY: wechat.api_key,
    WXPAY_APP_SECRET: wechat.app_secret,
    WXPAY_NOTIFY_URL: 'http://127.0.0.1:9/notify',
    WXPAY_ENDPOINTS: wechat.url,
  })
  const page = readFileSync(new URL('../../docs/node.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1])
  assert.equal(blocks.length, 4)
  const folder = new URL('../../target/docs/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const file = new URL('node.mjs', folder)
  writeFileSync(file, blocks.join('\n'))
  shop = await import(file)
})
after(() => wechat.stop())

test('docs/node.md', { timeout: 30_000 }, async () => {
  const visit = await fetch(shop.begin('abc'), { redirect: 'manual' })
  const code = new URL(visit.headers.get('location')).searchParams.get('code')
  const params = await shop.buy(code, '203.0.113.9')
  const paid = await wechat.control('/_emulator/pay', { params })
  assert.equal(paid.err_msg, 'get_brand_wcpay_request:ok')

  const message = {
    appid: wechat.appid, mch_id: wechat.mch_id, nonce_str: 'n', openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', result_code: 'SUCCESS',
    return_code: 'SUCCESS', out_trade_no: paid.out_trade_no, transaction_id: paid.transaction_id, total_fee: '100',
  }
  const body = Buffer.from(buildXml({ ...message, sign: sign(message, wechat.api_key) }))
  assert.match(await shop.notified(body, () => 100), /SUCCESS/)
  assert.match(await shop.notified(body, () => 1), /FAIL/)
  assert.match(await shop.notified(Buffer.from('<xml></xml>'), () => 100), /FAIL/)
  assert.equal(await shop.close(paid.out_trade_no), 'paid')
})
