import { appendFileSync } from 'node:fs'
import { WxPay } from 'wxpaykit'
import { wxpayNotify } from 'wxpaykit/fetch'

const shop = {
  amountOf: () => 88,
  onPaid: (payment) => appendFileSync(process.env.DELIVERED, `${payment.out_trade_no}\n`),
}

// `next build` imports this file, so the client is made when the first notification comes: a build needs no keys.
export const POST = wxpayNotify(() => WxPay.fromEnv(), shop)
