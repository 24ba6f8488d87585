/** Koa. */

import type { WxPay } from '../client.js'
import { invalid } from '../arguments.js'
import { answering, type Incoming, type NotifyOptions } from '../web.js'

export type { NotifyOptions } from '../web.js'

/** Koa's context, as far as it is used. */
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
 * @throws InvalidRequest for options that are none.
 */
export function wxpayNotify(pay: WxPay, options: NotifyOptions): (context: Context) => Promise<void> {
  const answer = answering(pay, options, REMEDY)
  return async (context) => {
    // Before anything is handed over.
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

/** Koa's parsers leave what they read beside the request; a parser for Express leaves it on it. */
function withBody(request: Incoming, rawBody: unknown, body: unknown): Incoming {
  request.rawBody ??= rawBody
  request.body ??= body
  return request
}
