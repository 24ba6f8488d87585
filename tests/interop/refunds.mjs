// What the tests of refunds share: an emulator with TLS, and the day whose bill they read.

import assert from 'node:assert/strict'
import { startWeChat } from './wechat.mjs'

/** An emulator of one test's own: its bill has one order, and its clock stands still until the test moves it. */
export async function startWithTls() {
  const wechat = await startWeChat('--tls', '--frozen-clock')
  const advance = (advance_s) => wechat.post('/_emulator/clock', { advance_s })
  return {
    ...wechat,
    /** The authority of the port with TLS. */
    ca: await wechat.file('/_emulator/ca.pem'),
    /** The merchant's certificate, whose password is the merchant's number. */
    p12: await wechat.file(`/_emulator/certificates/${wechat.mch_id}/apiclient_cert.p12`),
    advance,
    /** The day in Beijing on the emulated clock, as bill_date. */
    async today() {
      const { now } = await wechat.get('/_emulator/clock')
      return new Date((now + 8 * 3600) * 1000).toISOString().slice(0, 10).replaceAll('-', '')
    },
    /** A bill is there from ten o'clock of the next day on. */
    billIsMade: () => advance(36 * 3600),
  }
}

/** A bill's lines are a payment of 1.00 and the refund of 0.40. */
export function hasPaymentAndRefund(rows, { out_trade_no, out_refund_no }) {
  const names = ['商户订单号', '交易状态', '订单金额', '商户退款单号', '申请退款金额', '退款状态', '商品名称']
  assert.deepEqual(rows.map((row) => names.map((name) => row[name])), [
    [out_trade_no, 'SUCCESS', '1.00', '0', '0.00', '', '龙井茶 & <50g>'],
    [out_trade_no, 'REFUND', '0.00', out_refund_no, '0.40', 'SUCCESS', '龙井茶 & <50g>'],
  ])
}
