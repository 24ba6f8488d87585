/** Several clients behind one address: which of them a notification is for. */

import { invalid, needDocument, type Bytes } from './arguments.js'
import { fitOf, type WxPay } from './client.js'

/**
 * The client that a notification is addressed to, where several merchants or appids share one `notify_url`.
 *
 * It reads `appid`, `mch_id` and `sub_mch_id` of the body, which it decrypts if it is of APIv3, and verifies nothing: hand the same body to
 * the client's `notify`, which verifies that it is from WeChat and for this client. A refund of APIv3 names no appid: of several clients of
 * one merchant it goes to the first.
 *
 * ```js
 * const handled = await dispatch(rawBody, clients).notify.handle(rawBody, { headers, amountOf, onPaid })
 * ```
 *
 * A body that is for none of the clients, or cannot be read, gives the first of them. Its `notify` refuses the body, and says what
 * it is.
 *
 * @throws InvalidRequest when there is no client.
 */
export function dispatch(rawBody: Bytes, clients: Iterable<WxPay>): WxPay {
  const body = documentOf(rawBody)
  let best: { client: WxPay; fit: number } | undefined
  for (const client of listOf(clients)) {
    const fit = fitOf(client, body)
    if (fit === undefined) {
      throw noClients()
    }
    // Of those that fit equally well, the first.
    if (best === undefined || fit > best.fit) {
      best = { client, fit }
    }
  }
  if (best === undefined) {
    throw noClients()
  }
  return best.client
}

/** What is not a document fits no client: `notify.handle` answers it, and says what was expected. */
function documentOf(rawBody: Bytes): Bytes {
  try {
    return needDocument('rawBody', rawBody)
  } catch {
    return ''
  }
}

function listOf(clients: Iterable<WxPay>): WxPay[] {
  if (typeof clients !== 'object' || typeof clients?.[Symbol.iterator] !== 'function') {
    throw noClients()
  }
  return [...clients]
}

function noClients(): Error {
  return invalid('clients', 'must be one or more WxPay clients')
}
