/** The headers of HTTP messages, as the servers and frameworks of Node have them. */

import { invalid, isDocument, kindOf } from './arguments.js'

/** All headers of a message: those of Node, a `Headers`, a `Map`, or pairs of names and values. Letter case does not count. */
export type MessageHeaders =
  | Readonly<Record<string, string | number | readonly string[] | undefined>>
  | Iterable<readonly [string, string]>

/** What came with a notification. */
export interface NotificationOptions {
  /** All headers of the request, which APIv3 signs. Without them its notifications are refused. */
  headers?: MessageHeaders | undefined
}

/** The names and values of headers, one after the other. @throws InvalidRequest @internal */
export function headerTexts(field: string, headers: unknown): string[] {
  const found: string[] = []
  for (const [name, value] of pairsOf(field, headers)) {
    const first: unknown = Array.isArray(value) ? value[0] : value
    if (typeof name === 'string' && (typeof first === 'string' || typeof first === 'number')) {
      found.push(name, String(first))
    }
  }
  return found
}

function pairsOf(field: string, headers: unknown): Iterable<readonly [unknown, unknown]> {
  if (typeof headers !== 'object' || headers === null || isDocument(headers)) {
    throw invalid(field, `must be an object of names and values, not ${kindOf(headers)}`)
  }
  if (!(Symbol.iterator in headers)) {
    return Object.entries(headers)
  }
  const pairs: unknown[] = [...(headers as Iterable<unknown>)]
  if (!pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    throw invalid(field, 'must be an object of names and values, or pairs of a name and a value')
  }
  return pairs as [unknown, unknown][]
}
