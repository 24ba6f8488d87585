/** Core's functions whose time and nonce are arguments, for the shared vectors. The package does not export them. */

import { native, type Bytes } from './native.js'
import { crossing, expect } from './wire.js'

export function probe<T>(kind: string, given: Readonly<Record<string, string>>, body: Bytes = ''): T {
  return expect(crossing(Object.entries(given).flat(), (flat, count) => native.probe(kind, flat, count, body)))
}
