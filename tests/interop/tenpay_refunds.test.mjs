// tenpay over TLS, with the merchant's certificate: refunds, their queries, bills. It verifies every reply but bills, which have no signature.
//
// Its code is unchanged. The host is in `payment.urls`, as in tenpay.test.mjs. It has no option for an authority: urllib, by which it sends,
// gets it in the https.Agent that it exports. tenpay takes the certificate as p12 (`pfx`), and knows no PEM.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, test } from 'node:test'
import tenpay from 'tenpay'
import { hasPaymentAndRefund, startWithTls } from './refunds.mjs'

// The very urllib that tenpay loads, wherever npm has put it.
const urllib = createRequire(createRequire(import.meta.url).resolve('tenpay'))('urllib')

let wechat
beforeEach(async () => {
  wechat = await startWithTls()
  urllib.httpsAgent.options.ca = wechat.ca
})
afterEach(() => wechat.stop())

function client(pfx) {
  const payment = new tenpay({
    appid: wechat.appid, mchid: wechat.mch_id, partnerKey: wechat.api_key, pfx,
    notify_url: 'http://127.0.0.1:9/notify', spbill_create_ip: '203.0.113.9',
  })
  for (const [name, url] of Object.entries(payment.urls)) {
    payment.urls[name] = url.replace('https://api.mch.weixin.qq.com', wechat.tls_url)
  }
  return payment
}

/** An order, paid; and what asks for the refund of a part of it. */
async function paid(payment, sign) {
  const [out_trade_no, out_refund_no] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  await payment.unifiedOrder({ out_trade_no, body: '龙井茶 & <50g>', total_fee: 100, openid: wechat.openid, ...sign })
  await wechat.pays({ out_trade_no })
  return { out_trade_no, out_refund_no, total_fee: 100, refund_fee: 40, ...sign }
}

for (const sign_type of ['MD5', 'HMAC-SHA256']) {
  test(`refund, query, bill: ${sign_type}`, async () => {
    const payment = client(wechat.p12)
    const bill_date = await wechat.today()
    const refund = await paid(payment, { sign_type })
    const { refund_id, refund_fee } = await payment.refund(refund)
    assert.equal(refund_fee, '40')
    for (const state of ['PROCESSING', 'SUCCESS']) {
      const asked = await payment.refundQuery({ out_refund_no: refund.out_refund_no, sign_type })
      assert.deepEqual([asked.refund_status_0, asked.refund_fee_0, asked.refund_id_0], [state, '40', refund_id])
      await wechat.advance(2)
    }

    // On the day itself there is no bill of it.
    await assert.rejects(payment.downloadBill({ bill_date, sign_type }), { message: 'No Bill Exist' })
    await wechat.billIsMade()
    // As text it comes whole, with the mark of UTF-8 before it; or cut into cells.
    assert.match(await payment.downloadBill({ bill_date, sign_type }), /^\ufeff交易时间,.*\r\n`/)
    const bill = await payment.downloadBill({ bill_date, sign_type }, true)
    const rows = bill.list_data.map((row) => Object.fromEntries(bill.list_title.map((name, n) => [name, row[n]])))
    hasPaymentAndRefund(rows, refund)
    assert.deepEqual(bill.total_title.slice(0, 3), ['总交易单数', '应结订单总金额', '退款总金额'])
    assert.deepEqual(bill.total_data.slice(0, 3), ['2.0', '1.0', '0.4'])
  })
}

test('without a certificate', async () => {
  const payment = client()
  const refund = await paid(payment)
  // The gateway answers with a page and HTTP 400. All that tenpay says of a status other than 200 is this; the journal has the status.
  await assert.rejects(payment.refund(refund), { message: 'request fail' })
  assert.equal((await wechat.refusal('http:400')).mistake, 'client_certificate')
  // Orders and queries, as above and below, need no certificate. Nothing was refunded.
  await assert.rejects(payment.refundQuery({ out_trade_no: refund.out_trade_no }), { message: 'REFUNDNOTEXIST' })
})
