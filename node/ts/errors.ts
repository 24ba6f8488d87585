import { Explanation, type Explained } from './explanation.js'
import { fromWire, type Json, type Reply } from './reply.js'

/** What is safe after a failure: `never` repeat, repeat the `same_request`, or `query_first`. */
export type Retry = 'never' | 'same_request' | 'query_first'

/** What is known of a failed request: WeChat never received it, or may have acted on it. */
export type Outcome = 'not_sent' | 'unknown'

/** What every error of this package carries. */
export interface WxPayErrorInit {
  /** A stable string for this failure, the same in Rust, Python and Node. */
  code?: string | undefined
  /** The method whose call failed. */
  endpoint?: string | undefined
  /** What is safe to do next. */
  retry?: Retry | undefined
  /** The order of the notification that failed. */
  out_trade_no?: string | undefined
  /** What WeChat's code or words mean and what to do, in English. */
  remedy?: string | undefined
  /** The same in Chinese. */
  remedy_zh?: string | undefined
  /** APIv3: the `Request-ID` of the reply, which WeChat's support asks for. */
  requestId?: string | undefined
  /** Whether WeChat may have acted on the call. */
  outcome?: Outcome | undefined
  /** The field with the merchant's number of what the call makes. */
  numberField?: string | undefined
  /** The number. */
  number?: string | undefined
  cause?: unknown
}

/** The base of every error that this package throws. */
export class WxPayError extends Error {
  /** A stable string for this failure. WeChat's own codes are `err_code` and `errcode`. */
  readonly code: string
  /** The method whose call failed; `undefined` outside of calls. */
  readonly endpoint: string | undefined
  /** What is safe to do next. `never` means that the same request would fail again. */
  readonly retry: Retry
  /** The order of the notification that failed, from the moment its signature is verified; or of a `micropay` or `reverse`. */
  declare readonly out_trade_no?: string
  /** What WeChat's code or words mean and what to do, in English, where that is known. It is part of the message too. */
  declare readonly remedy?: string
  /** The same in Chinese. */
  declare readonly remedy_zh?: string
  /** APIv3: the `Request-ID` of the reply, which WeChat's support asks for. */
  declare readonly requestId?: string
  /**
   * `unknown` after a call that WeChat may have acted on: there was no reply, the reply cannot be verified or belongs to another request, or
   * WeChat says that it failed or is not done. Not there otherwise, and for questions, which change nothing, and for notifications.
   * (`TransportError` has it always.)
   */
  declare readonly outcome?: Outcome
  /**
   * With the outcome `unknown`: the field with the merchant's number of what the call makes, such as `out_refund_no`, where the call has
   * one: keep the number.
   */
  declare readonly numberField?: string
  /** The number. */
  declare readonly number?: string

  constructor(message: string, init: WxPayErrorInit = {}) {
    super(message, 'cause' in init && init.cause !== undefined ? { cause: init.cause } : undefined)
    this.code = init.code ?? 'error'
    this.endpoint = init.endpoint
    this.retry = init.retry ?? 'never'
    if (init.out_trade_no !== undefined) {
      this.out_trade_no = init.out_trade_no
    }
    if (init.remedy !== undefined) {
      this.remedy = init.remedy
    }
    if (init.remedy_zh !== undefined) {
      this.remedy_zh = init.remedy_zh
    }
    if (init.requestId !== undefined) {
      this.requestId = init.requestId
    }
    Object.assign(this, given({ outcome: init.outcome, numberField: init.numberField, number: init.number }))
  }

  /** For logs: every field but the reply. */
  toJSON(): Record<string, unknown> {
    const { reply: _reply, ...fields } = this as Record<string, unknown>
    return { name: this.name, message: this.message, ...fields }
  }

  /** For `console.log`: as of any error, without the remedies, one of which is part of the message, and without values that are not there. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: object, inspect: (value: unknown, options: object) => string): string {
    if (depth < 0) {
      return `[${this.name}: ${this.message}]`
    }
    const shown: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(this)) {
      if (value !== undefined && name !== 'remedy' && name !== 'remedy_zh') {
        shown[name] = value
      }
    }
    if (this.cause !== undefined) {
      shown['cause'] = this.cause
    }
    return `${this.stack ?? `${this.name}: ${this.message}`} ${inspect(shown, { ...options, depth })}`
  }
}

/** A client cannot work with one of its options. Thrown by the constructor; the message has the remedy. */
export class ConfigError extends WxPayError {
  /** The option. */
  readonly field: string

  constructor(message: string, init: WxPayErrorInit & { field: string }) {
    super(message, { code: 'config', ...init })
    this.field = init.field
  }
}

/** A request was refused before anything was sent. */
export class InvalidRequest extends WxPayError {
  /** The field. */
  readonly field: string
  /** The rule that it breaks. */
  readonly rule: string

  constructor(message: string, init: WxPayErrorInit & { field: string; rule: string }) {
    super(message, { code: 'invalid_request', ...init })
    this.field = init.field
    this.rule = init.rule
  }
}

/** The network, TLS, a time limit, an aborted signal, or a gateway's page instead of a reply. */
export class TransportError extends WxPayError {
  /** Whether WeChat may have acted on the request. After `unknown`, query before you do anything else. */
  declare readonly outcome: Outcome
  /** The HTTP status, when one arrived. */
  readonly status: number | undefined
  /** The first 500 characters of what came back instead of a reply. */
  declare readonly body?: string
  /**
   * The text that the request was signed over, with the key as `***`, when a gateway says in words of its own that the signature is
   * wrong (签名错误).
   */
  declare readonly stringToSign?: string

  constructor(
    message: string,
    init: WxPayErrorInit & {
      outcome: Outcome
      status?: number | undefined
      body?: string | undefined
      stringToSign?: string | undefined
    },
  ) {
    super(message, { code: 'network', retry: init.outcome === 'not_sent' ? 'same_request' : 'query_first', ...init })
    this.status = init.status
    if (init.body !== undefined) {
      this.body = init.body
    }
    if (init.stringToSign !== undefined) {
      this.stringToSign = init.stringToSign
    }
  }
}

/** What an error of APIv3 carries of the reply besides its fields. */
interface Answer {
  status?: number | undefined
  verified?: boolean | undefined
  detail?: Json | undefined
}

function answerOf({ status, verified, detail }: Answer): Answer {
  return given({ status, verified, detail })
}

/** The members that have a value. */
function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** `return_code` FAIL, status 401 of APIv3, or a refusal of APIv3 without a code: WeChat did not accept the request. */
export class ProtocolError extends WxPayError {
  /** WeChat's text, under whichever name it came; empty when there is none. */
  readonly return_msg: string
  /** The whole reply, all fields as strings. It is not signed. */
  readonly reply: Reply | undefined
  /**
   * The text that the request was signed over, with the key as `***`, when WeChat refused its signature (签名错误). WeChat's signature
   * checker (签名校验工具) takes it.
   */
  readonly stringToSign: string | undefined
  /** APIv3: the HTTP status of the reply. */
  declare readonly status?: number
  /**
   * APIv3: whether the reply was signed and its signature is right. One that is not may come from anybody on the way, and says nothing of
   * an earlier attempt.
   */
  declare readonly verified?: boolean
  /** APIv3: `detail` of the reply, which says more of what is wrong: an object, a list or a text. */
  declare readonly detail?: Json

  constructor(
    message: string,
    init: WxPayErrorInit & Answer & { return_msg: string; reply?: Reply | undefined; stringToSign?: string | undefined },
  ) {
    super(message, { code: 'protocol', ...init })
    this.return_msg = init.return_msg
    this.reply = init.reply
    this.stringToSign = init.stringToSign
    Object.assign(this, answerOf(init))
  }
}

/** `result_code` FAIL, or a `code` of APIv3: WeChat accepted the request and refused to do what it asks. */
export class BusinessError extends WxPayError {
  /** WeChat's code, such as `ORDERPAID`. */
  readonly err_code: string
  /** WeChat's text. */
  readonly err_code_des: string
  /** The whole reply, all fields as strings. */
  readonly reply: Reply | undefined
  /** As in `ProtocolError`: the text that was signed, when WeChat refused the signature. */
  readonly stringToSign: string | undefined
  /** APIv3: the HTTP status of the reply. */
  declare readonly status?: number
  /**
   * APIv3: whether the reply was signed and its signature is right. One that is not may come from anybody on the way, and says nothing of
   * an earlier attempt.
   */
  declare readonly verified?: boolean
  /** APIv3: `detail` of the reply, which says more of what is wrong: an object, a list or a text. */
  declare readonly detail?: Json

  constructor(
    message: string,
    init: WxPayErrorInit & Answer & {
      err_code: string
      err_code_des: string
      reply?: Reply | undefined
      stringToSign?: string | undefined
    },
  ) {
    super(message, { code: 'business', ...init })
    this.err_code = init.err_code
    this.err_code_des = init.err_code_des
    this.reply = init.reply
    this.stringToSign = init.stringToSign
    Object.assign(this, answerOf(init))
  }
}

/** What is known of a call whose reply is refused here. */
interface Refused {
  outcome?: 'unknown' | undefined
  status?: number | undefined
}

/** A reply or a notification is not authentic. The message names the likely reason and holds no secret. */
export class SignatureError extends WxPayError {
  /** What should have been signed, what probably was, and the likeliest mistake. As a string it is one line. */
  readonly explanation: Explanation
  /**
   * `unknown` when the reply to a call that may have had an effect cannot be verified: WeChat may have acted on it. Not there for
   * questions, which change nothing, and for notifications.
   */
  declare readonly outcome?: 'unknown'
  /** The HTTP status of that reply. */
  declare readonly status?: number

  constructor(message: string, init: WxPayErrorInit & Refused & { explanation: Explanation | string }) {
    super(message, { code: 'sign_mismatch', ...init })
    const { explanation, status } = init
    this.explanation = typeof explanation === 'string' ? new Explanation(explanation) : explanation
    Object.assign(this, given({ status }))
  }
}

/**
 * The store did not answer: your function did not run, or it ran and that could not be recorded. The store's own error is the `cause`.
 */
export class StoreError extends WxPayError {
  constructor(message: string, init: WxPayErrorInit = {}) {
    super(message, { code: 'store', retry: 'same_request', ...init })
  }
}

/** Authentic, but for another amount, merchant or order than expected. */
export class PaymentMismatch extends WxPayError {
  /** The field that differs. */
  readonly field: string
  /** The expected value. */
  readonly expected: string
  /** The actual value. */
  readonly actual: string
  /**
   * The source of `expected`: `amount_of`, `the recorded total_fee`, `the recorded refund`, `the caller`, `the request`, `the
   * notification` or `the client's settings`; `undefined` when the message itself is malformed.
   */
  readonly expectedBy: string | undefined
  /**
   * Source of `actual`: `WeChat`, `WeChat's reply`, `WeChat's reply to orderquery` (or `refundquery`, `v3.query`,
   * `v3.refund_query`), or `the notification`; `undefined` when the message itself is malformed.
   */
  readonly actualBy: string | undefined
  /**
   * `unknown` when the reply to a call that may have had an effect belongs to another request: WeChat may have acted on the call. Not there
   * for questions, which change nothing, and for notifications.
   */
  declare readonly outcome?: 'unknown'
  /** The HTTP status of that reply. */
  declare readonly status?: number

  constructor(
    message: string,
    init: WxPayErrorInit & Refused & {
      field: string
      expected: string
      actual: string
      expectedBy?: string | undefined
      actualBy?: string | undefined
    },
  ) {
    super(message, { code: 'payment_mismatch', ...init })
    this.field = init.field
    this.expected = init.expected
    this.actual = init.actual
    this.expectedBy = init.expectedBy
    this.actualBy = init.actualBy
    Object.assign(this, given({ status: init.status }))
  }
}

/** `errcode` from the open platform: OAuth, access_token, jsapi_ticket. */
export class OAuthError extends WxPayError {
  /** WeChat's number, such as 40029. */
  readonly errcode: number
  /** WeChat's text. */
  readonly errmsg: string

  constructor(message: string, init: WxPayErrorInit & { errcode: number; errmsg: string }) {
    super(message, { code: 'oauth', ...init })
    this.errcode = init.errcode
    this.errmsg = init.errmsg
  }
}

const CLASSES = [
  WxPayError,
  ConfigError,
  InvalidRequest,
  TransportError,
  ProtocolError,
  BusinessError,
  SignatureError,
  StoreError,
  PaymentMismatch,
  OAuthError,
]
for (const of of CLASSES) {
  // On the prototype: bundlers shorten the names of classes.
  Object.defineProperty(of.prototype, 'name', { value: nameOf(of), configurable: true, writable: true })
}

function nameOf(of: (typeof CLASSES)[number]): string {
  switch (of) {
    case ConfigError:
      return 'ConfigError'
    case InvalidRequest:
      return 'InvalidRequest'
    case TransportError:
      return 'TransportError'
    case ProtocolError:
      return 'ProtocolError'
    case BusinessError:
      return 'BusinessError'
    case SignatureError:
      return 'SignatureError'
    case StoreError:
      return 'StoreError'
    case PaymentMismatch:
      return 'PaymentMismatch'
    case OAuthError:
      return 'OAuthError'
    default:
      return 'WxPayError'
  }
}

/** An error as the native module tells it, before it is thrown. @internal */
export interface Failure {
  class: string
  code: string
  endpoint: string | null
  /** The call as its method is named here. */
  method: string | null
  retry: Retry
  out_trade_no: string | null
  field: string | null
  /** As a message shows it: on one line, and not longer than 200 characters. */
  shown_field: string | null
  /** Without the names of call and field. */
  text: string
  details: Record<string, unknown>
  causes: string[]
}

/** The error to throw. @internal */
export function errorFrom(failure: Failure, cause?: unknown): WxPayError {
  const { code, retry, text, details } = failure
  const endpoint = failure.endpoint ?? undefined
  const named = (field: string | null) => (failure.class === 'ConfigError' ? field && camel(field) : field) ?? undefined
  const field = named(failure.field)
  const message = [failure.method ?? undefined, named(failure.shown_field), text].filter((part) => part !== undefined).join(': ')
  cause ??= failure.causes.reduceRight<Error | undefined>(chain, undefined)
  const requestId = details['request_id'] as string | undefined
  const numberField = details['number_field'] as string | undefined
  const init = { code, endpoint, retry, out_trade_no: failure.out_trade_no ?? undefined, requestId, numberField, cause, ...details }
  const stringToSign = details['string_to_sign'] as string | undefined
  switch (failure.class) {
    case 'ConfigError':
      return new ConfigError(message, { ...init, field: field ?? '' })
    case 'InvalidRequest':
      return new InvalidRequest(message, init as Init<typeof InvalidRequest>)
    case 'TransportError':
      return new TransportError(message, { ...(init as Init<typeof TransportError>), stringToSign })
    case 'ProtocolError':
      return new ProtocolError(message, {
        ...(init as Init<typeof ProtocolError>),
        reply: replyOf(details),
        stringToSign,
      })
    case 'BusinessError':
      return new BusinessError(message, {
        ...(init as Init<typeof BusinessError>),
        reply: replyOf(details),
        stringToSign,
      })
    case 'SignatureError':
      return new SignatureError(message, {
        ...(init as Init<typeof SignatureError>),
        explanation: new Explanation(details['explanation'] as Explained),
      })
    case 'StoreError':
      return new StoreError(message, init)
    case 'PaymentMismatch':
      return new PaymentMismatch(message, {
        ...(init as Init<typeof PaymentMismatch>),
        expectedBy: details['expected_by'] as string | undefined,
        actualBy: details['actual_by'] as string | undefined,
      })
    case 'OAuthError':
      return new OAuthError(message, init as Init<typeof OAuthError>)
    default:
      return new WxPayError(message, init)
  }
}

function replyOf(details: Record<string, unknown>): Reply | undefined {
  return details.reply === undefined ? undefined : fromWire((details.reply as string[][]).flat())
}

/** What a class is made from besides its message; the native module has all of it among the details. */
type Init<C extends abstract new (message: string, init: never) => unknown> = C extends abstract new (
  message: string,
  init: infer I,
) => unknown
  ? I
  : never

/** The error of core's that a native function threw; `undefined` for any other. @internal */
export function raised(error: unknown): WxPayError | undefined {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return code === 'WxPay' ? errorFrom(JSON.parse(message as string) as Failure) : undefined
}

/** What to throw when a native function threw. @internal */
export function thrown(error: unknown): Error {
  // The words of a panic may hold what was given to the function.
  return raised(error) ?? new Error('wxpaykit: a bug in the native module')
}

/** Calls a native function, whose errors are thrown as those of this package. @internal */
export function guard<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw thrown(error)
  }
}

function chain(cause: Error | undefined, message: string): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause })
  // Its stack would be that of this function, which says nothing.
  Object.defineProperty(error, 'stack', { value: `Error: ${message}`, configurable: true, writable: true })
  return error
}

/** The name of an option as the constructor has it. */
function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
