/** The parts of a client that are in JavaScript: a store of the user's, and listeners for attempts and warnings. */

import { channel } from 'node:diagnostics_channel'
import { native } from './addon.js'
import { brokenRule, kindOf } from './arguments.js'
import { displayed, linesOf } from './displayed.js'
import { ConfigError } from './errors.js'
import type { AttemptOutcome } from './generated/documents.js'
import type { Client, ReturnedKind as Kind } from './native.js'

/**
 * A store of your own for tokens and the state of payments. Methods may return promises. Each method must be atomic, also when
 * several processes share the store. Values may be secret. `life` is in milliseconds; a value is gone when it expires.
 */
export interface Store {
  /** Returns the value of `key`; `null` or `undefined` when there is none or it has expired. */
  get(key: string): string | null | undefined | PromiseLike<string | null | undefined>
  /** Sets the value of `key`. */
  put(key: string, value: string, life: number): unknown
  /** Sets the value of `key` if there is none. Returns whether it did. */
  add(key: string, value: string, life: number): boolean | PromiseLike<boolean>
  /** Sets the value of `key` if it is `old`. Returns whether it did. A life of 0 deletes the key. */
  compareAndSet(key: string, old: string, value: string, life: number): boolean | PromiseLike<boolean>
  /** Deletes `key`. */
  delete(key: string): unknown
}

/** One attempt at a call, sent when it is over. Holds no secret. */
export interface CallEvent {
  /** The call, such as `unifiedorder` or `oauth.access_token`. */
  readonly endpoint: string
  /** The merchant's number of the order: the call's own, or that of the notification which it confirms. */
  readonly out_trade_no: string | undefined
  /** The host, with its scheme: `https://api.mch.weixin.qq.com`. */
  readonly host: string
  /** The number of the attempt, from 1. */
  readonly attempt: number
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined
  /** The duration. */
  readonly milliseconds: number
  /** How it ended: `ok`, or how it failed. */
  readonly outcome: AttemptOutcome
  /**
   * WeChat's code if there is one, otherwise the code of the error (`timeout`, or `cancelled` for an aborted call); `undefined` when the
   * attempt succeeded.
   */
  readonly code: string | undefined
  /** Whether another attempt follows. */
  readonly again: boolean
}

/** A problem that did not fail a call, such as a store that was down while a token was needed. Holds no secret. */
export interface Warning {
  /** The outcome. */
  readonly message: string
  /** The message of the error that caused it, when there is one. */
  readonly reason: string | undefined
}

/** @internal */
export interface Hooks {
  readonly store?: Store | undefined
  readonly onEvent?: ((event: CallEvent) => void) | undefined
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/** A question to a store, as the native module asks it. @internal */
export interface Question {
  owner: number
  method: (typeof METHODS)[number]
  key: string
  value?: string
  old?: string
  life?: number
}

type Answer = (returned: Kind, text?: string) => void

const { ReturnedKind } = native
const METHODS = ['get', 'put', 'add', 'compareAndSet', 'delete'] as const
/** The arguments of each method. */
const ARGUMENTS: Readonly<Record<(typeof METHODS)[number], readonly string[]>> = {
  get: ['key'],
  put: ['key', 'value', 'life'],
  add: ['key', 'value', 'life'],
  compareAndSet: ['key', 'old', 'value', 'life'],
  delete: ['key'],
}
/**
 * By number, until the native module does not need them any more. Weak: a listener often belongs to the object that has the client, and a
 * listener held here would keep both for ever.
 */
const hooked = new Map<number, WeakRef<Hooks>>()
/** What keeps the hooks: their client. Each call under way keeps the client (calls.ts). */
const kept = new WeakMap<Client, Hooks>()
/** The stores, by number, which the native module asks also after the client is gone: a claim is still released then. */
const stores = new Map<number, Store>()
const attempts = channel('wxpaykit:attempt')
let last = 0
const EVENT = linesOf<CallEvent>('CallEvent', ['outcome', 'code', 'endpoint', 'out_trade_no', 'host', 'attempt', 'status', 'milliseconds', 'again'])
const WARNING = linesOf<Warning>('Warning', ['message', 'reason'])

/** Opens a client with its hooks, under a number of theirs: 0 for none. @internal */
export function opened(hooks: Hooks, open: (number: number) => Client): Client {
  if (Object.values(hooks).every((hook) => hook === undefined)) {
    return open(0)
  }
  last += 1
  const number = last
  hooked.set(number, new WeakRef(hooks))
  if (hooks.store !== undefined) {
    stores.set(number, hooks.store)
  }
  try {
    const client = open(number)
    kept.set(client, hooks)
    return client
  } catch (error) {
    forget(number)
    throw error
  }
}

/** @internal */
export function forget(number: number): void {
  hooked.delete(number)
  stores.delete(number)
}

/** Checks that an option is a store. @internal */
export function needStore(value: unknown): Store {
  const missing = METHODS.filter((method) => typeof (value as Record<string, unknown>)[method] !== 'function')
  if (missing.length > 0) {
    const remedy = `must be an address such as redis://host/0, or an object with the methods ${METHODS.join(', ')}`
    throw new ConfigError(`store: ${native.phrase(`${remedy}; it has no ${missing.join(', ')}`)}`, { field: 'store' })
  }
  for (const method of METHODS) {
    const rule = brokenRule((value as Store)[method], ARGUMENTS[method])
    if (rule !== undefined) {
      throw new ConfigError(`store: ${method} ${native.phrase(rule)}`, { field: 'store' })
    }
  }
  return value as Store
}

/** Whether anybody subscribed to the channel `wxpaykit:attempt`. @internal */
export function isObserved(): boolean {
  return attempts.hasSubscribers
}

/** A store is asked: what its method returns is the answer. @internal */
export function asked(question: Question, answer: Answer): void {
  const failed = (error: unknown) => answer(ReturnedKind.Failed, reason(error))
  try {
    const returned = ask(stores.get(question.owner), question)
    if (typeof (returned as PromiseLike<unknown> | undefined)?.then === 'function') {
      Promise.resolve(returned).then((value) => answerWith(answer, value), failed)
    } else {
      answerWith(answer, returned)
    }
  } catch (error) {
    failed(error)
  }
}

/** An attempt is over. @internal */
export function attempted(number: number, about: Nullable<CallEvent>): void {
  const { out_trade_no, status, code } = about
  const values = { ...about, out_trade_no: out_trade_no ?? undefined, status: status ?? undefined, code: code ?? undefined }
  const event = displayed(values, EVENT) as CallEvent
  tell('onEvent', hooked.get(number)?.deref()?.onEvent, event)
  attempts.publish(event)
}

/** A warning for the listener of a client. @internal */
export function warned(number: number, { message, reason }: Nullable<Warning>): void {
  const { onWarning = emitWarning } = hooked.get(number)?.deref() ?? {}
  tell('onWarning', onWarning, displayed({ message: message ?? '', reason: reason ?? undefined }, WARNING))
}

/** As JSON has it. */
type Nullable<T> = { [K in keyof T]: T[K] | null }

/** Calls a listener of the user's. Its errors must not fail a payment. @internal */
export function tell<A extends readonly unknown[]>(
  name: string,
  listener: ((...args: A) => unknown) | undefined,
  ...args: A
): void {
  const failed = (error: unknown) => process.emitWarning(native.phrase(`${name} threw: ${reason(error)}`), 'WxPayWarning')
  try {
    // It may be an async function, and nothing else handles its rejection.
    Promise.resolve(listener?.(...args)).catch(failed)
  } catch (error) {
    failed(error)
  }
}

function emitWarning({ message, reason }: Warning): void {
  process.emitWarning(reason === undefined ? message : `${message}: ${reason}`, 'WxPayWarning')
}

function ask(store: Store | undefined, { method, key, value = '', old = '', life = 0 }: Question): unknown {
  switch (method) {
    case 'get':
      return store?.get(key)
    case 'put':
      return store?.put(key, value, life)
    case 'add':
      return store?.add(key, value, life)
    case 'compareAndSet':
      return store?.compareAndSet(key, old, value, life)
    default:
      return store?.delete(key)
  }
}

function answerWith(answer: Answer, value: unknown): void {
  if (value === null || value === undefined) {
    answer(ReturnedKind.Nothing)
  } else if (typeof value === 'string') {
    answer(ReturnedKind.Text, value)
  } else if (typeof value === 'boolean') {
    answer(value ? ReturnedKind.True : ReturnedKind.False)
  } else {
    answer(ReturnedKind.Other, `a ${Buffer.isBuffer(value) ? 'Buffer' : typeof value}`)
  }
}

/** What the user's code threw: the text of an Error, and of anything else its type alone. @internal */
export function reason(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${kindOf(error)}`
  } catch {
    return 'it threw an Error that cannot be read'
  }
}
