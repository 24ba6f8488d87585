/** Express 4 and 5, NestJS on its Express platform, and other frameworks with Node's own requests and responses. */

import type { WxPay } from '../client.js'
import { needMethods } from '../arguments.js'
import { answering, type Incoming, type NotifyOptions } from '../web.js'

export type { NotifyOptions } from '../web.js'

/** A response of Node's HTTP server. */
export interface Outgoing {
  readonly headersSent?: boolean | undefined
  readonly writableEnded?: boolean | undefined
  writeHead(status: number, headers: Record<string, string>): unknown
  end(body: string): unknown
}

const REMEDY =
  "Put this route before the parser, or let it keep the bytes: express.json({ verify: (req, res, raw) => { req.rawBody = raw } }); in NestJS NestFactory.create(AppModule, { rawBody: true })"

/**
 * ```js
 * app.post('/wxpay/notify', wxpayNotify(pay, { amountOf, onPaid }))
 * ```
 *
 * @throws InvalidRequest for invalid options.
 */
export function wxpayNotify(
  pay: WxPay,
  options: NotifyOptions,
): (request: Incoming, response: Outgoing) => Promise<void> {
  const answer = answering(pay, options, REMEDY)
  return async (request, response) => {
    // Checked before a payment is handed over.
    needMethods<Outgoing>('response', response, "a response of Node's HTTP server", 'writeHead', 'end')
    const { status, headers, body } = await answer(request)
    // Another part of the program, such as a time limit, has answered: WeChat sends the notification again.
    if (response.headersSent || response.writableEnded) {
      return
    }
    response.writeHead(status, { ...headers })
    response.end(body)
  }
}
