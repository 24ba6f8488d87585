/** Fastify. */

import type { WxPay } from '../client.js'
import { invalid, needText, type Need } from '../arguments.js'
import { answering, type Incoming, type NotifyOptions } from '../web.js'

export type { NotifyOptions } from '../web.js'

/** Fastify's instance, as far as it is used. */
export interface Instance {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(type: string, parser: (request: unknown, payload: unknown, done: (error: null, body?: unknown) => void) => void): unknown
  post(path: string, handler: (request: any, reply: any) => Promise<unknown>): unknown
}

const REMEDY = 'A hook read it: keep the bytes in request.rawBody, or leave this route out of the hook'

/** Where the route is, before any prefix. */
const needPath: Need<string> = (field, value) => {
  const path = needText(field, value)
  if (!path.startsWith('/')) {
    throw invalid(field, 'must begin with /')
  }
  return path
}

/**
 * A plugin with a parser of its own, since Fastify refuses XML by itself.
 *
 * ```js
 * app.register(wxpayNotify(pay, { path: '/wxpay/notify', amountOf, onPaid }))
 * ```
 *
 * @throws InvalidRequest for options that are none.
 */
export function wxpayNotify(
  pay: WxPay,
  options: NotifyOptions & { path: string },
): (instance: Instance) => Promise<void> {
  const answer = answering(pay, options, REMEDY)
  const path = needPath('path', options.path)
  return async (instance) => {
    // Of this plugin's routes alone: the stream is left unread.
    instance.removeAllContentTypeParsers()
    instance.addContentTypeParser('*', (_request, _payload, done) => done(null))
    instance.post(path, async (request, reply) => {
      const raw = request.raw as Incoming
      raw.rawBody ??= request.rawBody
      const { status, headers, body } = await answer(raw)
      return reply.code(status).headers({ ...headers }).send(body)
    })
  }
}
