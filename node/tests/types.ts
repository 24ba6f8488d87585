// The public types, held by the compiler: `npm run lint`. Nothing here runs.

import { createServer } from 'node:http'
import fastify from 'fastify'
import {
  BusinessError,
  TransportError,
  WxPay,
  WxPayError,
  ack,
  newOutTradeNo,
  parseXml,
  sign,
  verify,
  StoreError,
  type CallEvent,
  type ConfirmedPayment,
  type Handled,
  type Reconciled,
  type Store,
  type UnifiedorderReply,
  type Warning,
} from 'wxpaykit'
import { wxpayNotify as onExpress } from 'wxpaykit/express'
import { wxpayNotify as onFastify } from 'wxpaykit/fastify'
import { wxpayNotify as onFetch } from 'wxpaykit/fetch'
import { wxpayNotify as onKoa, type Context } from 'wxpaykit/koa'
import { startEmulator } from 'wxpaykit/testing'

export async function shop(pay: WxPay, code: string, body: Buffer, signal: AbortSignal): Promise<string> {
  const user = await pay.oauth.accessToken(code)
  const order: UnifiedorderReply = await pay.unifiedorder(
    {
      body: '龙井茶',
      out_trade_no: newOutTradeNo(),
      total_fee: 100,
      openid: user.openid,
      spbill_create_ip: '203.0.113.9',
      time_expire: new Date(),
      detail: { goods_detail: [] },
    },
    { signal },
  )
  const page: string = pay.jsapiParams(order.prepay_id).paySign
  const code_url: string | undefined = order.code_url
  const paid: ConfirmedPayment = await pay.notify.confirm(body)
  const fen: number = paid.total_fee
  const when: Date | undefined = paid.time_end
  return `${page} ${code_url} ${fen} ${when} ${ack()}`
}

export function stored(mine: Store): WxPay {
  const onEvent = (event: CallEvent): void => void event.milliseconds.toFixed()
  const onWarning = ({ message, reason }: Warning): void => console.warn(message.length, reason?.length)
  return WxPay.fromEnv({ store: mine, lease: 1000, maxNetworkRetries: 0, onEvent, onWarning })
}

export async function handled(pay: WxPay, body: Buffer): Promise<string> {
  const handled: Handled = await pay.notify.handle(body, {
    amountOf: async (payment) => (payment.out_trade_no === '' ? undefined : 100),
    onPaid: async (payment, key) => `${payment.transaction_id} ${key}`,
  })
  if (handled.error instanceof StoreError) return handled.error.code
  const [one]: Reconciled[] = await pay.notify.reconcile([{ out_trade_no: '1', total_fee: 1, created: new Date() }], { onPaid() {} })
  const payment: ConfirmedPayment | undefined = await pay.waitForPayment('1', { totalFee: 1, within: 10 })
  await pay.waitForPayment('1', { totalFee: 1, within: 0, onPaid: (payment, key) => `${payment.transaction_id} ${key}` })
  // @ts-expect-error: fen are integers, not text
  await pay.notify.handle(body, { amountOf: () => '100', onPaid() {} })
  return `${handled.body} ${one?.state} ${payment?.total_fee}`
}

export function frameworks(pay: WxPay): void {
  const shop = { amountOf: () => 100, onPaid: (payment: ConfirmedPayment) => payment.openid }
  createServer(onExpress(pay, shop))
  void fastify().register(onFastify(pay, { path: '/wxpay/notify', ...shop }))
  const koa: (context: Context) => Promise<void> = onKoa(pay, shop)
  void koa
  const next: (request: Request) => Promise<Response> = onFetch(pay, shop)
  void next
  // @ts-expect-error: options have no other names
  void onFetch(pay, { ...shop, onErorr() {} })
}

export async function tested(): Promise<string> {
  await using wechat = await startEmulator({ startTimeout: 10_000 })
  return wechat.url
}

export function failed(error: unknown): string {
  if (error instanceof BusinessError) return error.err_code
  if (error instanceof TransportError) return error.outcome
  if (error instanceof WxPayError) return error.retry
  return 'none of ours'
}

export const fields: Record<string, string> = parseXml('<xml></xml>')
export const text: string = sign({ a: '1', b: 2 }, 'key', 'MD5')
export const right: boolean = verify(fields, 'key')

export async function wrong(pay: WxPay, body: Buffer): Promise<void> {
  // @ts-expect-error: money is an integer of fen, not text
  await pay.unifiedorder({ body: 'x', out_trade_no: '1', total_fee: '1', spbill_create_ip: '127.0.0.1' })
  // @ts-expect-error: a number is needed
  await pay.unifiedorder({ body: 'x', total_fee: 1, spbill_create_ip: '127.0.0.1' })
  // @ts-expect-error: goods are shipped on a confirmed payment, not on a notification
  const paid: ConfirmedPayment = pay.notify.parse(body)
  void paid
}
