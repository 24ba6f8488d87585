import { errorFrom, TransportError } from './errors.js'
import type { CallOptions } from './generated/documents.js'
import { asked, attempted, forget, listen, warned } from './hooks.js'
import { native, type Bytes, type Handle } from './native.js'
import { callOptions, needObject } from './need.js'
import { decode, Failed, measured, typed, type Outcome } from './wire.js'

/** Calls under way, by number. */
const waiting = new Map<number, (outcome: Outcome) => void>()
let connected = false
let last = 0

/** Lets the native module tell what happens. */
export function connect(): void {
  if (!connected) {
    native.connect(told)
    connected = true
  }
}

/** Sends a call whose arguments are texts. */
export function ask<T>(client: Handle, call: string, pieces: readonly string[], options?: CallOptions): Promise<T> {
  const all = [call, ...pieces]
  return submit(client, call, all.join('\0') + '\0', all.length, '', () => all, options)
}

/** Sends a call with a notification's body. */
export function askWithBody<T>(client: Handle, call: string, body: Bytes, options?: CallOptions): Promise<T> {
  return submit(client, call, call + '\0', 1, body, () => [call], options)
}

/** Sends a call of the payment API: its name, perhaps a path, and its fields. @throws InvalidRequest */
export function send<T>(client: Handle, call: string, path: string, params: object, options?: CallOptions): Promise<T> {
  let flat = call + '\0'
  let count = 1
  if (path !== '') {
    flat += path + '\0'
    count = 2
  }
  const given = needObject('params', params)
  for (const name of Object.keys(given)) {
    const value = typed(given[name])
    if (value !== undefined) {
      flat += name + '\0' + value + '\0'
      count += 2
    }
  }
  const pieces = () => [
    ...(path === '' ? [call] : [call, path]),
    ...Object.keys(given).flatMap((name) => {
      const value = typed(given[name])
      return value === undefined ? [] : [name, value]
    }),
  ]
  return submit(client, call, flat, count, '', pieces, options)
}

/** An async function, so that an error's stack names the callers that wait for it. */
async function submit<T>(
  client: Handle,
  call: string,
  flat: string,
  count: number,
  body: Bytes,
  pieces: () => readonly string[],
  options?: CallOptions,
): Promise<T> {
  const { signal } = callOptions(options)
  if (signal?.aborted) {
    throw cancelled(0, call, false, signal)
  }
  connect()
  listen()
  const id = freeNumber()
  try {
    if (!native.submit(client, id, flat, count, body)) {
      measured(pieces(), (flat, count) => native.submit(client, id, flat, count, body) || undefined)
    }
  } catch (error) {
    throw lost(call, error)
  }
  const outcome = await (signal ? abortable(id, call, signal) : new Promise<Outcome>((done) => waiting.set(id, done)))
  if (outcome instanceof Failed) {
    throw errorFrom(outcome.failure)
  }
  if (outcome === undefined && call !== 'oauth.auth') {
    throw lost(call)
  }
  return outcome as T
}

/** A bug of this package's ended the call. */
function lost(call: string, cause?: unknown): TransportError {
  return new TransportError('the native module lost the call; whether WeChat acted on it is unknown', {
    code: 'internal',
    outcome: 'unknown',
    endpoint: call,
    retry: 'query_first',
    cause,
  })
}

function abortable(id: number, call: string, signal: AbortSignal): Promise<Outcome> {
  return new Promise((done, fail) => {
    const abort = () => {
      waiting.delete(id)
      fail(cancelled(id, call, true, signal))
    }
    signal.addEventListener('abort', abort, { once: true })
    waiting.set(id, (outcome) => {
      signal.removeEventListener('abort', abort)
      done(outcome)
    })
  })
}

function cancelled(id: number, call: string, sent: boolean, signal: AbortSignal): Error {
  const outcome = decode(native.abort(id, call, sent ? 1 : 0)) as Failed
  return errorFrom(outcome.failure, signal.reason)
}

/** What the native module has to tell, by topic; `bridge.rs` has the same list. */
function told(topic: number, number: number, text: string): void {
  const outcome = decode(text)
  switch (topic) {
    case 0: {
      const done = waiting.get(number)
      waiting.delete(number)
      return done?.(outcome)
    }
    case 1:
      return asked(number, outcome as Record<string, string>)
    case 2:
      return attempted(number, outcome as Record<string, string>)
    case 3:
      return forget(number)
    default:
      return warned(number, outcome as Record<string, string>)
  }
}

function freeNumber(): number {
  do {
    last = (last + 1) & 0x7fffffff
  } while (waiting.has(last))
  return last
}
