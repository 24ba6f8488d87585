/** What a client has on this side: a store of the user's, and who is told of its attempts at calls and of its warnings. */

import { channel } from 'node:diagnostics_channel'
import { native } from './addon.js'
import { ConfigError } from './errors.js'
import type { Returned as Kind } from './native.js'

/**
 * Where clients keep tokens and what became of each payment, when it is an object of yours. Each method may return a promise,
 * and each is atomic: of two that happen at once, in whatever processes share the store, one comes first. Values may be
 * secret. `life` is in milliseconds; a value is gone when its life is over.
 */
export interface Store {
  /** What is kept under `key`, while its life lasts; `null` or `undefined` when nothing is. */
  get(key: string): string | null | undefined | PromiseLike<string | null | undefined>
  /** Keeps `value` under `key`, whatever was there. */
  put(key: string, value: string, life: number): unknown
  /** Keeps `value` under `key` if nothing is kept there; says whether it did. */
  add(key: string, value: string, life: number): boolean | PromiseLike<boolean>
  /** Keeps `value` under `key` if `old` is kept there; says whether it did. A life of 0 forgets the key. */
  compareAndSet(key: string, old: string, value: string, life: number): boolean | PromiseLike<boolean>
  /** Forgets what is kept under `key`. */
  delete(key: string): unknown
}

/** One attempt at a call, when it is over. Nothing secret is in it. */
export interface CallEvent {
  /** The call, such as `unifiedorder` or `oauth.access_token`. */
  readonly endpoint: string
  /** The host that was asked, with its scheme: `https://api.mch.weixin.qq.com`. */
  readonly host: string
  /** Which attempt, counted from 1. */
  readonly attempt: number
  /** The HTTP status, when an answer came. */
  readonly status: number | undefined
  /** How long it took. */
  readonly milliseconds: number
  /**
   * `ok`; `not_sent` (WeChat never saw it), `timed_out`, `no_answer` (a broken connection, a gateway's page), `not_authentic`,
   * `trouble` (WeChat said it is in trouble), `too_many` (too often), or `refused`.
   */
  readonly outcome: 'ok' | 'not_sent' | 'timed_out' | 'no_answer' | 'not_authentic' | 'trouble' | 'too_many' | 'refused'
  /**
   * WeChat's code where it gave one (`ORDERPAID`, `40029`), else this package's (`timeout`, or `cancelled` when whoever called
   * went away); `undefined` when it went well.
   */
  readonly code: string | undefined
  /** Whether another attempt follows. */
  readonly again: boolean
}

/** Something went amiss, and no call failed by it, such as a store that tokens did without. Nothing secret is in it. */
export interface Warning {
  /** What. */
  readonly message: string
  /** The words of the error that is its reason, when there is one. */
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

const { Returned } = native
const METHODS = ['get', 'put', 'add', 'compareAndSet', 'delete'] as const
/** By the number that the native module knows them by, until it says that it needs them no more. */
const hooked = new Map<number, Hooks>()
const attempts = channel('wxpaykit:attempt')
let last = 0

/** Keeps a client's hooks, and gives their number; 0 for none. @internal */
export function keep(hooks: Hooks): number {
  if (Object.values(hooks).every((hook) => hook === undefined)) {
    return 0
  }
  last += 1
  hooked.set(last, hooks)
  return last
}

/** @internal */
export function forget(number: number): void {
  hooked.delete(number)
}

/** Whether an option is a store. @internal */
export function needStore(value: unknown): Store {
  const missing = METHODS.filter((method) => typeof (value as Record<string, unknown>)[method] !== 'function')
  if (missing.length > 0) {
    const remedy = `must be an address such as redis://host/0, or an object with the methods ${METHODS.join(', ')}`
    throw new ConfigError(`store: ${remedy}; it has no ${missing.join(', ')}`, { field: 'store' })
  }
  return value as Store
}

/** Whether anybody subscribed to the channel `wxpaykit:attempt`. @internal */
export function isObserved(): boolean {
  return attempts.hasSubscribers
}

/** A store is asked: what its method returns is the answer. @internal */
export function asked(question: Question, answer: Answer): void {
  const failed = (error: unknown) => answer(Returned.Failed, reason(error))
  try {
    const returned = ask(hooked.get(question.owner)?.store, question)
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
  const event = Object.freeze({ ...about, status: about.status ?? undefined, code: about.code ?? undefined }) as CallEvent
  tell('onEvent', hooked.get(number)?.onEvent, event)
  attempts.publish(event)
}

/** A warning for the listener of a client. @internal */
export function warned(number: number, { message, reason }: Nullable<Warning>): void {
  const { onWarning = emitWarning } = hooked.get(number) ?? {}
  tell('onWarning', onWarning, Object.freeze({ message: message ?? '', reason: reason ?? undefined }))
}

/** As JSON has it. */
type Nullable<T> = { [K in keyof T]: T[K] | null }

/** Calls a listener of the user's, whose mistake must not end a payment. @internal */
export function tell<A extends readonly unknown[]>(
  name: string,
  listener: ((...args: A) => unknown) | undefined,
  ...args: A
): void {
  const failed = (error: unknown) => process.emitWarning(`${name} threw: ${reason(error)}`, 'WxPayWarning')
  try {
    // It may be an async function, and nobody else looks at how that ends.
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
    answer(Returned.Nothing)
  } else if (typeof value === 'string') {
    answer(Returned.Text, value)
  } else if (typeof value === 'boolean') {
    answer(value ? Returned.True : Returned.False)
  } else {
    answer(Returned.Other, `a ${Buffer.isBuffer(value) ? 'Buffer' : typeof value}`)
  }
}

function reason(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : 'it threw what is no Error'
  } catch {
    return 'it threw an Error that cannot be read'
  }
}
