// The public types, held by the compiler: `npm run lint`. Nothing here runs.

import type { Readable, Writable } from 'node:stream'
import { createServer } from 'node:http'
import fastify from 'fastify'
import {
  BusinessError,
  readBill,
  TransportError,
  WxPay,
  WxPayError,
  ack,
  newOutTradeNo,
  parseXml,
  sign,
  verify,
  StoreError,
  type Bill,
  type CallEvent,
  type CheckReport,
  type ConfirmedPayment,
  type Difference,
  type Finding,
  type Handled,
  type Json,
  type OrderqueryReply,
  type Reconciled,
  type Store,
  type UnifiedorderReply,
  type UnifiedorderRequest,
  type V3ApplyAbnormalRefundUserBankCardRequest,
  type V3ProfitsharingAddReceiverOtherRequest,
  type Warning,
} from 'wxpaykit'
import { wxpayNotify as onExpress } from 'wxpaykit/express'
import { wxpayNotify as onFastify } from 'wxpaykit/fastify'
import { wxpayNotify as onFetch } from 'wxpaykit/fetch'
import { wxpayNotify as onKoa, type Context } from 'wxpaykit/koa'
import { startEmulator } from 'wxpaykit/testing'

export async function byV3(pay: WxPay): Promise<string | undefined> {
  await pay.v3.call('GET', '/v3/x', { query: { text: 'a', number: 1, big: 1n, is: true, at: new Date(), none: null, left: undefined } })
  // @ts-expect-error: a query has no lists
  await pay.v3.call('GET', '/v3/x', { query: { a: [1, 2] } })
  // @ts-expect-error: nor objects
  await pay.v3.call('GET', '/v3/x', { query: { a: { b: 1 } } })
  class Amount {
    total = 5
    currency = 'CNY' as const
  }
  await pay.v3.native({ description: 't', out_trade_no: newOutTradeNo(), amount: new Amount() })
  const { resource } = await pay.v3.notification('{}', { headers: {} })
  const [member, whole]: [Json | undefined, Json] = [resource['sub_mchid'], resource]
  return typeof member === 'string' ? member : JSON.stringify(whole)
}

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

export async function orders(pay: WxPay, kind: 'JSAPI' | 'NATIVE'): Promise<string> {
  const order = { body: 'tea', out_trade_no: '1', total_fee: 1, spbill_create_ip: '127.0.0.1' }
  const native = await pay.unifiedorder({ ...order, trade_type: 'NATIVE', product_id: '7' })
  const h5 = await pay.unifiedorder({ ...order, trade_type: 'MWEB', scene_info: { h5_info: {} } })
  const urls: [string, string] = [native.code_url, h5.mweb_url]
  const jsapi: UnifiedorderReply = await pay.unifiedorder({ ...order, sub_openid: 'o', sub_appid: 'wx' })
  // @ts-expect-error: an order by JSAPI has no QR code
  const none: string = jsapi.code_url
  void none
  const request: UnifiedorderRequest = kind === 'NATIVE' ? { ...order, trade_type: kind, product_id: '7' } : { ...order, openid: 'o' }
  const either: UnifiedorderReply = await pay.unifiedorder(request)
  await pay.unifiedorder({ ...order, trade_type: 'APP' })
  // @ts-expect-error: JSAPI needs the customer
  await pay.unifiedorder(order)
  // @ts-expect-error: JSAPI needs the customer
  await pay.unifiedorder({ ...order, trade_type: 'JSAPI', product_id: '7' })
  // @ts-expect-error: NATIVE needs product_id
  await pay.unifiedorder({ ...order, trade_type: 'NATIVE', openid: 'o' })
  // @ts-expect-error: MWEB needs scene_info
  await pay.unifiedorder({ ...order, trade_type: 'MWEB' })
  // @ts-expect-error: there is no such way to pay
  await pay.unifiedorder({ ...order, trade_type: 'H5', scene_info: {} })
  // @ts-expect-error: a misspelt field
  await pay.unifiedorder({ ...order, trade_type: 'NATIVE', product_id: '7', totalFee: 1 })
  return `${urls} ${either.prepay_id}`
}

export async function queried(pay: WxPay): Promise<number | undefined> {
  const order = await pay.orderquery({ out_trade_no: '1' })
  const reply: OrderqueryReply = order
  // @ts-expect-error: only a paid order has an amount for certain
  const early: number = order.total_fee
  void [reply, early]
  if (order.trade_state === 'SUCCESS' || order.trade_state === 'REFUND') {
    const paid: [number, string, string] = [order.total_fee, order.transaction_id, order.out_trade_no]
    return paid[0]
  }
  // @ts-expect-error: there is no such state
  if (order.trade_state === 'PAID') return order.total_fee
  // @ts-expect-error: a query needs a number
  await pay.orderquery({})
  await pay.orderquery({ transaction_id: '4200', version: '1.0' })
  switch (order.trade_state) {
    case 'NOTPAY':
      return undefined
    default:
      return order.total_fee
  }
}

export async function checked(pay: WxPay): Promise<string[]> {
  const report: CheckReport = await pay.check({ signal: AbortSignal.timeout(1000) })
  return report.ok ? [] : report.findings.map(({ part, state, message, remedy }: Finding) => `${part} ${state} ${message} ${remedy}`)
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
  await pay.notify.reconcile([{ out_trade_no: '1', total_fee: 1, created: new Date(), combine_out_trade_no: 'C1' }], { onPaid() {} })
  const payment: ConfirmedPayment | undefined = await pay.waitForPayment('1', { totalFee: 1, within: 10, combineOutTradeNo: 'C1' })
  await pay.waitForPayment('1', { totalFee: 1, within: 0, onPaid: (payment, key) => `${payment.transaction_id} ${key}` })
  // @ts-expect-error: fen are integers, not text
  await pay.notify.handle(body, { amountOf: () => '100', onPaid() {} })
  const fees: number[] = handled.parts.map((part) => Number(part.payment?.total_fee))
  return `${handled.body} ${one?.state} ${payment?.total_fee} ${fees}`
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
  const secrets: (string | undefined)[] = [wechat.options.corpSecret, wechat.options.corpPaySecret]
  return wechat.url + secrets.length
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

export async function files(pay: WxPay, url: string, response: Writable): Promise<number> {
  const whole: Buffer = await pay.v3.download(url, { hashType: 'SHA256', hashValue: '1' })
  const nothing: undefined = await pay.v3.download(url, { to: 'receipt.pdf' })
  await pay.v3.download(url, { to: response })
  // @ts-expect-error: a path, a file: URL or a writable stream
  await pay.v3.download(url, { to: 1 })
  const stream: Readable = await pay.v3.downloadStream(url)
  return whole.length + stream.readableLength + (nothing ?? 0)
}

export async function books(pay: WxPay): Promise<number> {
  const bill: Bill = await pay.downloadbill({ bill_date: new Date(), bill_type: 'ALL', tar_type: 'GZIP' })
  let paid = 0
  for await (const row of bill) {
    const time: Date | undefined = row.trade_time
    paid += time === undefined ? 0 : (row.total_fee ?? 0)
  }
  const count: number | undefined = bill.summary?.total_count
  const byV3: Bill = await pay.v3.tradebill({ bill_date: new Date(), bill_type: 'ALL', tar_type: 'GZIP', sub_mchid: '1900000201' })
  for await (const row of byV3) {
    paid += row.total_fee ?? 0
  }
  const kinds: [V3ApplyAbnormalRefundUserBankCardRequest['type'], V3ProfitsharingAddReceiverOtherRequest['relation_type']] =
    ['USER_BANK_CARD', 'STORE_OWNER']
  // @ts-expect-error One of both numbers.
  await pay.v3.profitsharingReturn({ order_id: '3', out_order_no: 'P', out_return_no: 'B', return_mchid: '1', amount: 1, description: 'b' })
  // The settings may give the sub-merchant.
  const largest: number = (await pay.v3.profitsharingConfig()).max_ratio
  // @ts-expect-error APIv3 has the accounts in capitals.
  await pay.v3.fundflowbill({ bill_date: '2026-11-27', account_type: 'Basic' })
  // @ts-expect-error There is no such account.
  await pay.downloadfundflow({ bill_date: '20261127', account_type: 'Other' })
  const found: Difference[] = await readBill('bill.csv').compare([{ out_trade_no: 'A1', total_fee: 1 }])
  return paid + (count ?? 0) + found.length + largest + kinds.length
}

/** Times inside objects and lists. */
export async function times(pay: WxPay): Promise<(Date | undefined)[]> {
  const { sub_orders = [] } = await pay.v3.combineQuery({ combine_out_trade_no: 'C1' })
  const { receivers = [] } = await pay.v3.profitsharingOrderQuery({ transaction_id: '4200', out_order_no: 'P1' })
  const { data = [] } = await pay.v3.certificates()
  const each = sub_orders.map(({ success_time }): Date | undefined => success_time)
  const both = receivers.flatMap(({ create_time, finish_time }): (Date | undefined)[] => [create_time, finish_time])
  const whole = data.flatMap(({ effective_time, expire_time }): (Date | undefined)[] => [effective_time, expire_time])
  // @ts-expect-error It is not the text of the wire.
  const text: string | undefined = sub_orders[0]?.success_time
  return [...each, ...both, ...whole, text === undefined ? undefined : new Date(text)]
}

export async function till(pay: WxPay, auth_code: string): Promise<string[]> {
  const order = { out_trade_no: 'A10001' }
  const byEither = await pay.payByCode({ ...order, auth_code, body: '茶', total_fee: 88, spbill_create_ip: '203.0.113.9' }, { api: 'v3' })
  const scene_info = { device_ip: '203.0.113.9' }
  const byV3 = await pay.payByCode({ ...order, description: '茶', amount: { total: 88 }, payer: { auth_code }, scene_info })
  // @ts-expect-error There are two.
  await pay.resumePayByCode('A10001', { totalFee: 88, api: 'v4' })
  return [byEither.state, byV3.state]
}
