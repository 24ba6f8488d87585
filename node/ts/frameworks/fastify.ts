/** Fastify. */

import type { WxPay } from '../client.js'
import { invalid, isObject, needText, type Need } from '../arguments.js'
import { answering, type Incoming, type NotifyOptions } from '../web.js'

export type { NotifyOptions } from '../web.js'

/** The parts of Fastify's instance that are used. */
export interface Instance {
  removeAllContentTypeParsers(): unknown
  addContentTypeParser(type: string, parser: (request: unknown, payload: unknown, done: (error: null, body?: unknown) => void) => void): unknown
  post(path: string, handler: (request: any, reply: any) => Promise<unknown>): unknown
}

const REMEDY = 'A hook read it: keep the bytes in request.rawBody, or leave this route out of the hook'

/** The path of the route, without prefixes. */
const needPath: Need<string> = (field, value) => {
  const path = needText(field, value)
  if (!path.startsWith('/')) {
    throw invalid(field, 'must begin with /')
  }
  return path
}

/**
 * A plugin with its own body parser, because Fastify refuses XML by default.
 *
 * ```js
 * app.register(wxpayNotify(pay, { path: '/wxpay/notify', amountOf, onPaid }))
 * ```
 *
 * @throws InvalidRequest for invalid options.
 */
export function wxpayNotify(
  pay: WxPay,
  options: NotifyOptions & { path: string },
): (instance: Instance) => Promise<void> {
  const answer = answering(pay, isObject(options) ? { ...(options as NotifyOptions), path: undefined } as NotifyOptions : options, REMEDY)
  const path = needPath('path', options.path)
  return async (instance) => {
    // Applies to this plugin's routes only, and leaves the stream unread.
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
