// The code of docs/codes.md, run against the emulator.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { test } from 'node:test'
import { buildXml, sign } from 'wxpaykit'
import { startEmulator } from './emulator.mjs'

test('docs/codes.md', { timeout: 60_000 }, async () => {
  const wechat = await startEmulator()
  try {
    Object.assign(process.env, {
      WXPAY_APPID: wechat.appid,
      WXPAY_MCH_ID: wechat.mch_id,
      WXPAY_API_KEY: wechat.api_key,
      WXPAY_NOTIFY_URL: 'http://127.0.0.1:9/notify',
      WXPAY_ENDPOINTS: wechat.url,
      WXPAY_CLIENT_CERT: wechat.options.clientCert,
      WXPAY_CLIENT_KEY: wechat.options.clientKey,
    })
    const text = readFileSync(new URL('../../docs/codes.md', import.meta.url), 'utf8')
    const folder = new URL('../../target/docs/', import.meta.url)
    mkdirSync(folder, { recursive: true })
    const file = new URL('codes.mjs', folder)
    writeFileSync(file, [...text.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]).join('\n'))
    const shop = await import(file)
    const scanned = async () => (await wechat.control('/_emulator/payment-code', {})).auth_code

    const paid = await shop.sell(await scanned(), 100)
    assert.equal(shop.show(paid), `paid: ${paid.payment.transaction_id}`)
    assert.match(shop.show(await shop.sell('130000000000000000', 100)), /^refused: Nothing was taken/)
    assert.equal((await shop.afterACrash(paid.out_trade_no, 100)).state, 'paid')
    const picked = await shop.sellAndPick(await scanned(), 100)
    assert.deepEqual([...shop.shelf.values()], [picked.out_trade_no])
    // The customer confirms as soon as the till waits for it.
    const texts = []
    const display = async (text) => {
      texts.push(text)
      if (text.startsWith('waiting')) {
        const orders = await wechat.control('/_emulator/orders')
        const { out_trade_no } = orders.find(({ trade_state }) => trade_state === 'USERPAYING')
        await wechat.control('/_emulator/pay', { out_trade_no })
      }
    }
    const waited = await shop.till(await scanned(), 100_001, display)
    assert.equal(waited.state, 'paid')
    assert.match(texts[0], /^charging, \d+ ms left$/)
    assert.equal(texts.at(-1), shop.show(waited))

    assert.match(await shop.poster('tea'), /^weixin:\/\/wxpay\/s\//)
    const server = shop.app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    for (const [product_id, field] of [['tea', 'prepay_id'], ['coffee', 'err_code_des']]) {
      const question = { appid: wechat.appid, mch_id: wechat.mch_id, openid: wechat.openid, nonce_str: 'n', product_id }
      const body = buildXml({ ...question, sign: sign(question, wechat.api_key, 'MD5') })
      const answer = await fetch(`http://127.0.0.1:${server.address().port}/native`, { method: 'POST', body })
      assert.equal(answer.status, 200)
      assert((await answer.text()).includes(`<${field}>`))
    }
    server.close()
  } finally {
    await wechat.stop()
  }
})
