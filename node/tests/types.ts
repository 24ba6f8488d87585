// The public types, held by the compiler: `npm run lint`. Nothing here runs.

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
  type ConfirmedPayment,
  type UnifiedorderReply,
} from 'wxpaykit'

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
