/** Payments by code (付款码). The native module decides the steps; here they run one after the other. */

import { native } from './addon.js'
import { invalid, needBoolean, needFunction, needNumberOf, needObject, needSignal, needText, optionsOf } from './arguments.js'
import { Claimable, progress, step } from './calls.js'
import { displayed, linesOf } from './displayed.js'
import { errorFrom, guard, type Failure, type WxPayError } from './errors.js'
import { ConfirmedPayment, type CallOptions, type MicropayRequest, type V3CodepayRequest } from './generated/documents.js'
import { handOverPaid, needOnPaid } from './handling.js'
import { reason } from './hooks.js'
import type { Client, CodePayment, CodeTimes } from './native.js'
import type { OnPaid } from './outcomes.js'
import { feeOf } from './pending.js'
import { Pieces } from './pieces.js'

/** A payment by code on its way, for the till's display. */
export interface CodeProgress {
  readonly out_trade_no: string
  /**
   * `charging`: the code is being charged; `waiting`: the customer has to confirm on the phone; `asking`: WeChat gave no usable answer, and
   * the order is queried; `reversing`: the order is being cancelled.
   */
  readonly stage: 'charging' | 'waiting' | 'asking' | 'reversing'
  /** The order's last state in WeChat's words, such as `USERPAYING`. */
  readonly trade_state: string | undefined
  /** How long the payment has been going on, in milliseconds. */
  readonly elapsed: number
  /** How long the customer still has, in milliseconds. */
  readonly left: number
  /** The last error. */
  readonly error: WxPayError | undefined
}

/** The result of a payment by code. */
export type CodeResult = CodePaid | CodeNotPaid

/** The customer paid. */
export interface CodePaid {
  readonly state: 'paid'
  readonly out_trade_no: string
  readonly payment: ConfirmedPayment
  readonly trade_state: 'SUCCESS'
  readonly error: undefined
  readonly advice: undefined
  readonly advice_zh: undefined
}

/** The customer did not pay, or it is not known. */
export interface CodeNotPaid {
  /**
   * `refused`: nothing was taken, and nothing will be; `reversed`: the order is cancelled, and anything that was paid goes back;
   * `unknown`: take it up again with `resumePayByCode` before anything else is done.
   */
  readonly state: 'refused' | 'reversed' | 'unknown'
  readonly out_trade_no: string
  readonly payment: undefined
  /** The order's last state in WeChat's words. */
  readonly trade_state: string | undefined
  /** Why it is refused or unknown. */
  readonly error: WxPayError | undefined
  /** The next action of the person at the till, in the language of the errors' texts (`WXPAYKIT_LANG`). */
  readonly advice: string
  /** The same, always in Chinese. */
  readonly advice_zh: string
}

/** How a payment by code is run. Times are in milliseconds. */
export interface PayByCodeOptions extends CallOptions {
  /** How long the customer may take (default: 30,000). The order is cancelled then. */
  within?: number | undefined
  /** The pause between two queries of the order (default: 5,000, as WeChat asks). */
  interval?: number | undefined
  /** The earliest time at which the order is cancelled, after its code was charged (default: 15,000, as WeChat asks). */
  reverseAfter?: number | undefined
  /**
   * Whether an order whose result is not known in time is cancelled (default: `true`). That needs the merchant's certificate; without it the
   * result may be `unknown`.
   */
  reverse?: boolean | undefined
  /**
   * The API that charges the code: `v2` or `v3`. If left out, APIv2 when `apiKey` is set, else APIv3. For `resumePayByCode`: the API to query
   * if the store has no record of the charge.
   */
  api?: 'v2' | 'v3' | undefined
  /**
   * Runs before each step, for the till's display. It may be async: the payment does not wait for it. What it throws is a warning of the
   * process: the payment goes on.
   */
  onProgress?: ((progress: CodeProgress) => unknown) | undefined
  /**
   * As for `notify.handle`: hands a payment over before the promise resolves to it, once, whether this call, `resumePayByCode` or `reconcile` is
   * first. If another process is handing it over, the promise waits up to three seconds for that. What it throws rejects the promise, and
   * `resumePayByCode` hands the payment over again.
   */
  onPaid?: OnPaid | undefined
  /** Gives the payment up: the order is cancelled as soon as WeChat takes that. The promise resolves to `reversed`, or to `paid`. */
  giveUp?: AbortSignal | undefined
}

const milliseconds = needNumberOf('milliseconds', 86_400_000)
const NEEDS = {
  within: milliseconds,
  interval: milliseconds,
  reverseAfter: milliseconds,
  reverse: needBoolean,
  api: needText,
  onProgress: needFunction<(progress: CodeProgress) => unknown>,
  onPaid: needOnPaid,
  giveUp: needSignal,
  signal: needSignal,
}

type Given = { [K in keyof typeof NEEDS]?: ReturnType<(typeof NEEDS)[K]> }

/** @internal */
export async function payByCode(client: Client, params: MicropayRequest | V3CodepayRequest, options?: PayByCodeOptions): Promise<CodeResult> {
  const given = optionsOf(options, NEEDS) as Given
  const fields = needObject('params', params)
  const all = new Pieces()
  for (const name of Object.keys(fields)) {
    all.pushField(name, fields[name])
  }
  const payment = guard(() => client.codePayment(all.join(), times(given)))
  return run(client, payment, String(fields['out_trade_no']), given)
}

/** @internal */
export async function resumePayByCode(
  client: Client,
  outTradeNo: string,
  options: PayByCodeOptions & { totalFee: number | bigint; subMchId?: string | undefined },
): Promise<CodeResult> {
  const { totalFee, subMchId, ...given } = optionsOf(options, { ...NEEDS, totalFee: feeOf, subMchId: needText })
  if (totalFee === undefined) {
    throw invalid('totalFee', 'is required: the amount that you recorded for the order')
  }
  const number = needText('out_trade_no', outTradeNo)
  const order = { outTradeNo: number, totalFee, subMchId: subMchId || undefined }
  const payment = guard(() => client.resumeCodePayment(order, times(given as Given)))
  return run(client, payment, number, given as Given)
}

/** The times that are left out are the native module's own. */
function times({ within, interval, reverseAfter, reverse = true, api }: Given): CodeTimes {
  const whole = (ms: number | undefined) => (ms === undefined ? undefined : Math.floor(ms))
  return { within: whole(within), interval: whole(interval), reverseAfter: whole(reverseAfter), reverse, api }
}

/** The result of a step. */
type Stepped =
  | Claimable
  | ConfirmedPayment
  | { stage: CodeProgress['stage']; trade_state: string | null; elapsed: number; left: number; error: Failure | null }
  | { state: CodeNotPaid['state']; trade_state: string | null; error: Failure | null; advice: string; advice_zh: string }

const PROGRESS = linesOf<CodeProgress>('CodeProgress', ['stage', 'out_trade_no', 'trade_state', 'elapsed', 'left', 'error'])
const RESULT = linesOf<CodeResult>('CodeResult', ['state', 'out_trade_no', 'trade_state', 'advice', 'advice_zh', 'error', 'payment'])

async function run(client: Client, payment: CodePayment, out_trade_no: string, given: Given): Promise<CodeResult> {
  const { giveUp, onPaid, onProgress, signal } = given
  const gaveUp = () => payment.giveUp()
  if (giveUp?.aborted) {
    gaveUp()
  }
  giveUp?.addEventListener('abort', gaveUp, { once: true })
  try {
    for (let stepped = (await progress(client, payment, signal)) as Stepped; ; ) {
      const now = stepped instanceof Claimable ? await handOverPaid(client, stepped, onPaid) : stepped
      if (now instanceof ConfirmedPayment) {
        const none = { error: undefined, advice: undefined, advice_zh: undefined }
        return displayed({ state: 'paid', out_trade_no, payment: now, trade_state: 'SUCCESS' as const, ...none }, RESULT)
      }
      const error = now.error === null ? undefined : errorFrom(now.error)
      const trade_state = now.trade_state ?? undefined
      if ('state' in now) {
        return displayed({ ...now, out_trade_no, payment: undefined, trade_state, error }, RESULT)
      }
      // Not awaited: a display that hangs must not keep the order from being queried or cancelled.
      void tell(onProgress, displayed({ ...now, out_trade_no, trade_state, error }, PROGRESS))
      stepped = (await step(client, payment, onPaid !== undefined, signal)) as Stepped
    }
  } finally {
    giveUp?.removeEventListener('abort', gaveUp)
  }
}

/** A display that fails must not lose money. */
async function tell(onProgress: Given['onProgress'], progress: CodeProgress): Promise<void> {
  try {
    await onProgress?.(progress)
  } catch (error) {
    process.emitWarning(native.phrase(`onProgress failed, and order ${progress.out_trade_no} goes on: ${reason(error)}`), 'WxPayWarning')
  }
}
