/** Frameworks with `Request` and `Response` of the Fetch standard: Next.js, Hono, Remix, SvelteKit, Astro, Bun. */

import { invalid, needMethods } from '../arguments.js'
import type { WxPay } from '../client.js'
import { consumed, endedEarly, fits, handler, type NotifyOptions } from '../web.js'

export type { NotifyOptions } from '../web.js'

/** The parts of a `Request` that are used. */
export interface FetchRequest {
  readonly method: string
  readonly headers: { get(name: string): string | null } & Iterable<readonly [string, string]>
  readonly bodyUsed: boolean
  readonly body: ReadableBody | null
}

interface ReadableBody {
  getReader(): { read(): Promise<{ done: boolean; value?: unknown }>; cancel(): Promise<unknown> }
}

const REMEDY = 'Call the handler before anything reads the request, or give it request.clone()'

/**
 * ```js
 * export const POST = wxpayNotify(pay, { amountOf, onPaid }) // Next.js: app/wxpay/notify/route.js
 * app.post('/wxpay/notify', (c) => notify(c.req.raw)) // Hono, with notify = wxpayNotify(…)
 * ```
 *
 * Builds such as that of Next.js import the file of a route where the settings are not set. There `pay` is a function that returns the
 * client: it is called when the first notification comes. What it throws goes to `onError`, and WeChat sends the notification again.
 *
 * @throws InvalidRequest for invalid options.
 */
export function wxpayNotify(pay: WxPay | (() => WxPay), options: NotifyOptions): (request: FetchRequest) => Promise<Response> {
  const handle = handler(pay, options)
  return async (request) => {
    // Checked before a payment is handed over.
    needMethods<FetchRequest['headers']>('request', request?.headers, 'a Request; in Hono pass c.req.raw', 'get')
    const { status, headers, body } = await handle({
      method: request.method,
      headers: request.headers,
      encoding: request.headers.get('content-encoding'),
      read: (limit) => read(request, limit),
    })
    return new Response(body, { status, headers })
  }
}

async function read(request: FetchRequest, limit: number): Promise<Uint8Array> {
  if (request.bodyUsed) {
    throw consumed(REMEDY)
  }
  fits(Number(request.headers.get('content-length') ?? 0), limit)
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  const next = () => reader?.read().catch((error: unknown) => Promise.reject(endedEarly(error)))
  for (let part = await next(); part !== undefined && !part.done; part = await next()) {
    if (!ArrayBuffer.isView(part.value)) {
      throw invalid('rawBody', 'must be a stream of bytes', 'not_raw_body')
    }
    size += part.value.byteLength
    if (size > limit) {
      // The rest is not read.
      reader?.cancel().catch(() => {})
    }
    fits(size, limit)
    chunks.push(part.value as Uint8Array)
  }
  return Buffer.concat(chunks)
}
