/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** How much of a field a log may show. @internal */
export type Show = 'plain' | 'short' | 'hidden'

/** Only the package makes replies: a `ConfirmedPayment` that anybody could make would confirm nothing. @internal */
export const MAKE: unique symbol = Symbol('wxpaykit.make')

/** How a field is shown, by name, for replies that no table knows. @internal */
export const SHOWN = new Map<string, Show>()

/**
 * A document that WeChat sent: frozen, its fields as properties under the wire's own names.
 *
 * What the package knows comes by its kind: amounts (fen) and counts as `number`, times as `Date`, JSON parsed, lists of
 * numbered fields (`coupon_id_0`) as arrays of records, all else as `string`. A field that this version does not know is a
 * property too, as `string`. What WeChat left out is `undefined`.
 *
 * The wire's names are in small letters with `_`. The few members of this class that have such a name would win over a field
 * of the same name, so that no document can replace them; such a field is in `raw`, where every field is.
 */
export class Reply {
  readonly #wire: readonly string[]
  #raw: Readonly<Record<string, string>> | undefined

  /** @internal */
  constructor(make: typeof MAKE, wire: readonly string[]) {
    if (make !== MAKE) {
      throw new TypeError('only wxpaykit makes replies')
    }
    this.#wire = wire
  }

  /** Every field as received: the wire's names and texts, the signature's included. */
  get raw(): Readonly<Record<string, string>> {
    this.#raw ??= Object.freeze(fromPairs(this.#wire))
    return this.#raw
  }

  /** A plain object of the properties, to change at will. */
  toObject(): Record<string, unknown> {
    const plain: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(this)) {
      put(plain, name, Array.isArray(value) ? value.map((item) => (item instanceof Reply ? item.toObject() : item)) : value)
    }
    return plain
  }

  /** What `JSON.stringify` writes: the properties, in full. Logs show less of them; see `util.inspect`. */
  toJSON(): Record<string, unknown> {
    return this.toObject()
  }

  /** What `console.log` shows: openids shortened, tokens hidden. */
  [Symbol.for('nodejs.util.inspect.custom')](
    depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    const name = this.constructor.name
    if (depth < 0) {
      return `[${name}]`
    }
    const shown: Record<string, unknown> = {}
    for (const [field, value] of Object.entries(this)) {
      put(shown, field, typeof value === 'string' ? shorten(field, value) : value)
    }
    return `${name} ${inspect(shown, { ...options, depth })}`
  }
}

/** Adds a property, whatever its name. @internal */
export function put(object: object, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  } else {
    ;(object as Record<string, unknown>)[name] = value
  }
}

/** A document of these names and values, all of them texts. @internal */
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

/** An object of names and values that follow each other. @internal */
export function fromPairs(pairs: readonly string[]): Record<string, string> {
  const object: Record<string, string> = {}
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    put(object, pairs[i] as string, pairs[i + 1])
  }
  return object
}

/** How much of a value is shown; core's `redact.rs` has the same rule, and `tests/vectors/redact.json` holds both to it. */
function shorten(name: string, value: string): string {
  const show = SHOWN.get(name) ?? 'plain'
  if (show === 'plain') {
    return value
  }
  const characters = [...value]
  const fits = show === 'short' && characters.length >= 16
  return fits ? `${characters.slice(0, 4).join('')}…${characters.slice(-4).join('')}` : '***'
}
