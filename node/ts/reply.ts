import { native } from './addon.js'

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** Only the package makes replies: a `ConfirmedPayment` that any code could make would prove nothing. @internal */
export const MAKE: unique symbol = Symbol('wxpaykit.make')

/**
 * A document that WeChat sent. It is frozen, and its fields are properties with WeChat's names.
 *
 * Known fields have their types: amounts (fen) and counts are `number`s, times are `Date`s (inside objects and lists too), JSON is parsed,
 * numbered fields (`coupon_id_0`) are arrays of records, all else are `string`s. Fields that this version does not know are `string` properties too.
 * Fields that WeChat left out are `undefined`.
 *
 * A field with the name of a member of this class, such as `raw`, does not replace that member: read it from `raw`, which has every
 * field.
 */
export class Reply {
  readonly #wire: readonly string[]
  #raw: Readonly<Record<string, string>> | undefined
  #hidden: readonly string[] = []

  /** @internal */
  constructor(make: typeof MAKE, wire: readonly string[]) {
    if (make !== MAKE) {
      throw new TypeError('only wxpaykit makes replies')
    }
    this.#wire = wire
  }

  /** Every field as received: names and strings, including the signature. */
  get raw(): Readonly<Record<string, string>> {
    this.#raw ??= Object.freeze(fromPairs(this.#wire))
    return this.#raw
  }

  /** A plain object of the properties, which you may change. */
  toObject(): Record<string, unknown> {
    const plain: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(this)) {
      put(plain, name, Array.isArray(value) ? value.map((item) => (item instanceof Reply ? item.toObject() : item)) : value)
    }
    return plain
  }

  /** For `JSON.stringify`: the properties in full. `console.log` shows less. */
  toJSON(): Record<string, unknown> {
    return this.toObject()
  }

  /** For `console.log`: the state first, amounts in yuan too; openids are shortened, tokens hidden. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number): string {
    const name = this.constructor.name
    return depth < 0 ? `[${name}]` : native.display(name, [...this.#wire], [...this.#hidden])
  }

  /** Makes `console.log` hide what is at these paths of members. @internal */
  static hide<T extends Reply>(reply: T, paths: readonly string[]): T {
    reply.#hidden = paths
    return reply
  }
}

/** Adds a property of any name. @internal */
export function put(object: object, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    ;(object as Record<string, unknown>)[name] = value
  }
}

/** A document of alternating names and values, all of them strings. @internal */
export function fromWire(wire: readonly string[]): Reply {
  const made = new Reply(MAKE, wire)
  for (let i = 0; i + 1 < wire.length; i += 2) {
    const name = wire[i] as string
    if (!(name in Reply.prototype)) {
      put(made, name, wire[i + 1])
    }
  }
  Object.freeze(made)
  return made
}

/** An object of alternating names and values. @internal */
export function fromPairs(pairs: readonly string[]): Record<string, string> {
  const object: Record<string, string> = {}
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    put(object, pairs[i] as string, pairs[i + 1])
  }
  return object
}
