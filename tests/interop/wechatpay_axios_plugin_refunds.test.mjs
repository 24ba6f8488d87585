// wechatpay-axios-plugin over TLS, with the merchant's certificate: refunds, their queries, bills (APIv2). It verifies every reply but bills,
// which have no signature.
//
// Its code is unchanged. The host is the option `baseURL`. The authority is in the `httpsAgent` that axios takes and, for calls with
// `security: true`, in `merchant`, of which the SDK makes an https.Agent with the certificate, as PEM or as p12.
// A plain call takes a bill for XML: the data are `undefined` or, when a name in the bill has a `<`, it throws. Its author's example downloads
// a bill as bytes, without `transformResponse`, and reads it by `Formatter.castCsvBill`; so does this test.

import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { Agent } from 'node:https'
import { afterEach, beforeEach, test } from 'node:test'
import plugin from 'wechatpay-axios-plugin'
import { hasPaymentAndRefund, startWithTls } from './refunds.mjs'

const { Formatter, Wechatpay } = plugin

let wechat
beforeEach(async () => { wechat = await startWithTls() })
afterEach(() => wechat.stop())

function client(merchant) {
  // It wants what APIv3 needs, too. These are not the merchant's keys.
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return new Wechatpay({
    mchid: wechat.mch_id, secret: wechat.api_key, baseURL: `${wechat.tls_url}/`, serial: 'merchant', privateKey, certs: { platform: publicKey },
    httpsAgent: new Agent({ ca: wechat.ca }), merchant,
  })
}

const common = () => ({ appid: wechat.appid, mch_id: wechat.mch_id })

/** An order, paid; and what asks for the refund of a part of it. */
async function paid(v2, sign) {
  const [out_trade_no, out_refund_no] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  await v2.pay.unifiedorder({
    ...common(), out_trade_no, body: '龙井茶 & <50g>', total_fee: 100, trade_type: 'JSAPI', openid: wechat.openid,
    notify_url: 'http://127.0.0.1:9/notify', spbill_create_ip: '203.0.113.9', ...sign,
  })
  await wechat.pays({ out_trade_no })
  return { ...common(), out_trade_no, out_refund_no, total_fee: 100, refund_fee: 40, ...sign }
}

for (const [name, merchant, sign] of [
  ['PEM, MD5', () => ({ cert: wechat.client_cert, key: wechat.client_key, ca: wechat.ca }), {}],
  ['p12, HMAC-SHA256', () => ({ pfx: wechat.p12, passphrase: wechat.mch_id, ca: wechat.ca }), { sign_type: 'HMAC-SHA256' }],
]) {
  test(`refund, query, bill: ${name}`, async () => {
    const { v2 } = client(merchant())
    const bill_date = await wechat.today()
    const refund = await paid(v2, sign)
    const { data: { refund_id, refund_fee } } = await v2.secapi.pay.refund(refund, { security: true })
    assert.equal(refund_fee, '40')
    for (const state of ['PROCESSING', 'SUCCESS']) {
      const { data } = await v2.pay.refundquery({ ...common(), out_refund_no: refund.out_refund_no, ...sign })
      assert.deepEqual([data.refund_status_0, data.refund_fee_0, data.refund_id_0], [state, '40', refund_id])
      await wechat.advance(2)
    }

    const asked = { ...common(), bill_date, bill_type: 'ALL', ...sign }
    // On the day itself there is no bill of it.
    await assert.rejects(v2.pay.downloadbill(asked), (error) => {
      assert.equal(error.response.data.return_msg, 'No Bill Exist')
      return true
    })
    await wechat.billIsMade()
    await assert.rejects(v2.pay.downloadbill(asked), { code: 'EV2_RES_STATUS_CODE_NOT_SUCESS' })
    const { data } = await v2.pay.downloadbill(asked, { responseType: 'arraybuffer', transformResponse: [] })
    assert.match(data.toString(), /^\ufeff交易时间,.*\r\n`/)
    const { rows, summary } = Formatter.castCsvBill(data)
    hasPaymentAndRefund(rows, refund)
    assert.deepEqual([summary.总交易单数, summary.应结订单总金额, summary.退款总金额], ['2.0', '1.0', '0.4'])
  })
}

for (const [name, merchant, security] of [
  ['without a certificate', () => undefined, true],
  ['a certificate, but not security: true', () => ({ cert: wechat.client_cert, key: wechat.client_key, ca: wechat.ca }), false],
]) {
  test(`refused: ${name}`, async () => {
    const { v2 } = client(merchant())
    const refund = await paid(v2)
    // The gateway answers with a page. The SDK reads it as XML: its title is what it says.
    await assert.rejects(v2.secapi.pay.refund(refund, { security }), ({ response: { status, data } }) => {
      assert.equal(status, 400)
      assert.equal(data.response.data.head.title, '400 No required SSL certificate was sent')
      return true
    })
    assert.equal((await wechat.refusal('http:400')).mistake, 'client_certificate')
    // Orders and queries, as above and below, need no certificate. Nothing was refunded.
    await assert.rejects(v2.pay.refundquery({ ...common(), out_trade_no: refund.out_trade_no }), (error) => {
      assert.equal(error.response.data.err_code, 'REFUNDNOTEXIST')
      return true
    })
  })
}
