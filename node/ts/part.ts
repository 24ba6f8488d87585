/** What the parts of a client, such as `pay.oauth`, show of themselves. */

import { guard } from './errors.js'
import type { Client } from './native.js'

/** The methods that subclasses implement for the calls: no user's. */
const INTERNAL: ReadonlySet<string> = new Set(['constructor', 'execute', 'openBill'])

/**
 * A line for `console.log`: the settings that the part uses, of a key only whether it is set, and the names of its methods.
 * `name` is that of the client's property. There is no client behind a proxy of the part, as mocks have.
 */
export function shownPart(name: string, client: Client | undefined, part: object): string {
  if (client === undefined) {
    return `pay.${name} {}`
  }
  const settings = guard(() => client.shown(name)).map(({ name, value }) => `${name}: ${value}`)
  return `pay.${name} { ${settings.join(', ')}, methods: ${methodsOf(part).join(', ')} }`
}

function methodsOf(part: object): string[] {
  const found = new Set<string>()
  for (let at = Object.getPrototypeOf(part) as object; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const method of Object.getOwnPropertyNames(at)) {
      if (!INTERNAL.has(method)) {
        found.add(method)
      }
    }
  }
  return [...found].sort()
}
