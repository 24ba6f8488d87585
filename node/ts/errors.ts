import type { Reply } from './reply.js'

/** What is safe after a failure: nothing, the same request with the same number, or a query first. */
export type Retry = 'never' | 'same_request' | 'query_first'

/** What is known of a request that failed on the way: WeChat never saw it, or it may have acted on it. */
export type Outcome = 'not_sent' | 'unknown'

/** What every error of this package carries. */
export interface WxPayErrorInit {
  /** A stable string for this failure, the same in Rust, Python and Node. */
  code?: string | undefined
  /** The call that failed, by its method's name. */
  endpoint?: string | undefined
  /** What is safe now. */
  retry?: Retry | undefined
  cause?: unknown
}

/** The base of every error that this package throws. */
export class WxPayError extends Error {
  /** A stable string for this failure. WeChat's own codes are `err_code` and `errcode`. */
  readonly code: string
  /** The call that failed, by its method's name; `undefined` outside of calls. */
  readonly endpoint: string | undefined
  /** What is safe now. `never` means that the same request would fail again. */
  readonly retry: Retry

  constructor(message: string, init: WxPayErrorInit = {}) {
    super(message, 'cause' in init && init.cause !== undefined ? { cause: init.cause } : undefined)
    this.code = init.code ?? 'wxpay'
    this.endpoint = init.endpoint
    this.retry = init.retry ?? 'never'
  }

  /** What a log may hold: every field but the reply. */
  toJSON(): Record<string, unknown> {
    const { reply: _reply, ...fields } = this as Record<string, unknown>
    return { name: this.name, message: this.message, ...fields }
  }
}

/** A client was given something it cannot work with. Thrown when it is constructed; the message has the remedy. */
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

/** The network, TLS, a time limit, an aborted signal, or a page from the gateway instead of a reply. */
export class TransportError extends WxPayError {
  /** Whether WeChat may have acted on the request. With `unknown`, ask before anything else is done. */
  readonly outcome: Outcome
  /** The HTTP status, when one arrived. */
  readonly status: number | undefined

  constructor(message: string, init: WxPayErrorInit & { outcome: Outcome; status?: number | undefined }) {
    super(message, { code: 'network', ...init })
    this.outcome = init.outcome
    this.status = init.status
  }
}

/** `return_code` FAIL: WeChat did not take the request as a request. */
export class ProtocolError extends WxPayError {
  /** WeChat's words. */
  readonly return_msg: string

  constructor(message: string, init: WxPayErrorInit & { return_msg: string }) {
    super(message, { code: 'protocol', ...init })
    this.return_msg = init.return_msg
  }
}

/** `result_code` FAIL: WeChat took the request and refused it. */
export class BusinessError extends WxPayError {
  /** WeChat's code, such as `ORDERPAID`. */
  readonly err_code: string
  /** WeChat's words. */
  readonly err_code_des: string
  /** The whole reply, its fields as text. */
  readonly reply: Reply | undefined

  constructor(
    message: string,
    init: WxPayErrorInit & { err_code: string; err_code_des: string; reply?: Reply | undefined },
  ) {
    super(message, { code: 'business', ...init })
    this.err_code = init.err_code
    this.err_code_des = init.err_code_des
    this.reply = init.reply
  }
}

/** A reply or a notification is not authentic. The message says what is likely wrong, and holds no secret. */
export class SignatureError extends WxPayError {
  /** What was compared, and the likeliest reason. */
  readonly explanation: string

  constructor(message: string, init: WxPayErrorInit & { explanation: string }) {
    super(message, { code: 'sign_mismatch', ...init })
    this.explanation = init.explanation
  }
}

/**
 * The store that clients share did not answer: nothing was begun, or your function ran and could not be written down as having
 * ended. Its own words are the `cause`.
 */
export class StoreError extends WxPayError {
  constructor(message: string, init: WxPayErrorInit = {}) {
    super(message, { code: 'store', retry: 'same_request', ...init })
  }
}

/** Authentic, but not about the payment it should be about: another amount, merchant or order. */
export class PaymentMismatch extends WxPayError {
  /** The field that differs. */
  readonly field: string
  /** What it should be. */
  readonly expected: string
  /** What it is. */
  readonly actual: string

  constructor(message: string, init: WxPayErrorInit & { field: string; expected: string; actual: string }) {
    super(message, { code: 'mismatch', ...init })
    this.field = init.field
    this.expected = init.expected
    this.actual = init.actual
  }
}

/** `errcode` from the open platform: OAuth, access_token, jsapi_ticket. */
export class OAuthError extends WxPayError {
  /** WeChat's number, such as 40029. */
  readonly errcode: number
  /** WeChat's words. */
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
  // On the prototype, so that a bundler's shorter class names never show.
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

/** A failure as the native module tells it, before it is thrown. */
export interface Failure {
  class: string
  code: string
  endpoint: string
  retry: string
  message: string
  details: Record<string, string>
  status: number
  reply: Reply | undefined
  causes: string[]
}

/** The error to throw. @internal */
export function errorFrom(failure: Failure, cause?: unknown): WxPayError {
  const { code, message, details } = failure
  const detail = (name: string): string => details[name] ?? ''
  const init = {
    code,
    endpoint: failure.endpoint || undefined,
    retry: failure.retry as Retry,
    cause: cause ?? failure.causes.reduceRight<Error | undefined>(chain, undefined),
  }
  switch (failure.class) {
    case 'ConfigError': {
      const field = camel(detail('field'))
      return new ConfigError(message.replace(detail('field'), field), { ...init, field })
    }
    case 'InvalidRequest':
      return new InvalidRequest(message, { ...init, field: detail('field'), rule: detail('rule') })
    case 'TransportError': {
      const status = failure.status || undefined
      return new TransportError(message, { ...init, outcome: detail('outcome') as Outcome, status })
    }
    case 'ProtocolError':
      return new ProtocolError(message, { ...init, return_msg: detail('return_msg') })
    case 'BusinessError': {
      const [err_code, err_code_des] = [detail('err_code'), detail('err_code_des')]
      return new BusinessError(message, { ...init, err_code, err_code_des, reply: failure.reply })
    }
    case 'SignatureError':
      return new SignatureError(message, { ...init, explanation: detail('explanation') })
    case 'StoreError':
      return new StoreError(message, init)
    case 'PaymentMismatch': {
      const [field, expected, actual] = [detail('field'), detail('expected'), detail('actual')]
      return new PaymentMismatch(message, { ...init, field, expected, actual })
    }
    case 'OAuthError':
      return new OAuthError(message, { ...init, errcode: Number(detail('errcode')), errmsg: detail('errmsg') })
    default:
      return new WxPayError(message, init)
  }
}

function chain(cause: Error | undefined, message: string): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause })
  // Its stack would be this function's, and say nothing.
  Object.defineProperty(error, 'stack', { value: `Error: ${message}`, configurable: true, writable: true })
  return error
}

/** An option's name as the constructor has it. */
function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
