/** The history of one order in the emulator. */

import { native } from './addon.js'
import { beijing, displayed, table } from './displayed.js'

/** Something that happened to an order. */
export interface Moment {
  /** When, on the emulator's clock. */
  readonly at: Date
  /** Who did it: `request` (the shop), `customer`, or `notification` (WeChat). */
  readonly lane: 'request' | 'customer' | 'notification'
  /** What it was: the path of a request such as `/pay/unifiedorder`, `paid`, `notification`, or `refund notification`. */
  readonly what: string
  /** Whether it succeeded. */
  readonly ok: boolean
  /** Why it failed, or more about it. */
  readonly detail: string
}

/** The history of one order, oldest first. `console.log` shows a table, in the language of errors. Iterate over it for the moments. */
export class Timeline implements Iterable<Moment> {
  /** The merchant's number of the order. */
  readonly out_trade_no: string
  /** The moments of its history. */
  readonly moments: readonly Moment[]

  /** Of JSON of the control API. @internal */
  constructor(outTradeNo: string, order: string, refunds: string, journal: string) {
    this.out_trade_no = outTradeNo
    const moments = native.moments(outTradeNo, order, refunds, journal)
    this.moments = Object.freeze(moments.map(({ at, ...moment }) => displayed({ at: new Date(at * 1000), ...moment }, inOneLine)))
    Object.freeze(this)
  }

  [Symbol.iterator](): Iterator<Moment> {
    return this.moments[Symbol.iterator]()
  }

  /** A line for each moment. */
  toString(): string {
    return this.moments.map((moment) => cellsOf(moment).join('  ').trimEnd()).join('\n')
  }

  /** For `console.log`: a table below the number of the order. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number | null): string {
    if (depth !== null && depth < 0) {
      return '[Timeline]'
    }
    return table(native.phrase(`order ${this.out_trade_no}`), this.moments.map(cellsOf))
  }
}

const wordsOf = (text: string) => native.phrase(text).split(' | ')
const [SHOP, CUSTOMER, WECHAT] = wordsOf('shop → WeChat | customer | WeChat → shop')
const [OK, FAILED] = wordsOf('ok | failed | acknowledged')
const [PAID, NOTIFICATION, REFUNDED] = wordsOf('paid | notification | refund notification')
const LANES: Readonly<Record<string, string | undefined>> = { request: SHOP, customer: CUSTOMER, notification: WECHAT }
/** What is no path. */
const SHOWN: Readonly<Record<string, string | undefined>> = { paid: PAID, notification: NOTIFICATION, 'refund notification': REFUNDED }

/** A moment as people read it. */
function cellsOf({ at, lane, what, ok, detail }: Moment): string[] {
  const words = [LANES[lane] ?? lane, SHOWN[what] ?? what, (ok ? OK : FAILED) ?? '', detail]
  return [beijing(at), ...words.map(native.clean)]
}

function inOneLine(this: object): string {
  return cellsOf(this as Moment).join('  ').trimEnd()
}
