/** Koa. */

import type { WxPay } from '../client.js'
import { invalid } from '../arguments.js'
import { answering, type Incoming, type NotifyOptions } from '../web.js'

export type { NotifyOptions } from '../web.js'

/** The parts of Koa's context that are used. */
export interface Context {
  readonly req: object
  readonly request: object
  status: number
  body: unknown
  set(headers: Record<string, string>): unknown
}

const REMEDY = 'Put this middleware before the body parser, or let the parser keep ctx.request.rawBody'

/**
 * ```js
 * router.post('/wxpay/notify', wxpayNotify(pay, { amountOf, onPaid }))
 * ```
 *
 * @throws InvalidRequest for invalid options.
 */
export function wxpayNotify(pay: WxPay, options: NotifyOptions): (context: Context) => Promise<void> {
  const answer = answering(pay, options, REMEDY)
  return async (context) => {
    // Checked before a payment is handed over.
    if (!context?.req || !context.request || typeof context.set !== 'function') {
      throw invalid('context', "must be Koa's context")
    }
    const { rawBody, body: parsed } = context.request as { rawBody?: unknown; body?: unknown }
    const { status, headers, body } = await answer(withBody(context.req as Incoming, rawBody, parsed))
    context.status = status
    context.set({ ...headers })
    context.body = body
  }
}

/** Koa's parsers keep the body in `ctx.request`, those for Express in `ctx.req`. */
function withBody(request: Incoming, rawBody: unknown, body: unknown): Incoming {
  request.rawBody ??= rawBody
  request.body ??= body
  return request
}
