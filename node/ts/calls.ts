import { native } from './addon.js'
import { needObject, type Bytes } from './arguments.js'
import { downloaded, type Bill } from './bill.js'
import { errorFrom, raised, TransportError, type Failure } from './errors.js'
import { readDocument, readMessage, type Message } from './frame.js'
import type { ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer } from './generated/documents.js'
import { asked, attempted, forget, isObserved, warned } from './hooks.js'
import type { BillSource, Bridge, Client, CodePayment, Handling, NamedCall } from './native.js'
import { Pieces } from './pieces.js'

const { Topic } = native

/** A call that failed. No call returns one. */
class CallFailure {
  constructor(readonly failure: Failure) {}
}

/** A bug of this package ended the call. */
class NativeBug {}

/** The record of a thing that is handed over; handling.ts has its kinds. @internal */
export type Item = ConfirmedPayment | ConfirmedRefund | ConfirmedTransfer

/** Something to hand over. @internal */
export class Claimable {
  readonly kind: string
  /** Whether it ended as the merchant wanted. */
  readonly isSuccess: boolean
  readonly idempotencyKey: string
  readonly item: Item

  constructor(readonly handling: Handling) {
    this.kind = handling.kind ?? ''
    this.isSuccess = handling.isSuccess
    this.idempotencyKey = handling.idempotencyKey ?? ''
    this.item = readDocument(handling.item() ?? '') as Item
  }
}

/** The payments of a combined order: the result of each part, or its error. @internal */
export class CombinedStart<T> {
  readonly parts: readonly PromiseSettledResult<T>[]

  constructor(
    readonly combine_out_trade_no: string,
    outcomes: readonly unknown[],
  ) {
    this.parts = settled(outcomes)
  }
}

/** A call under way. It keeps its client, whose listeners are told of it. */
interface Waiting {
  readonly client: Client
  done(outcome: unknown): void
}

/** The calls under way, by number. */
const waiting = new Map<number, Waiting>()
let opened: Bridge | undefined
let observed = false
let last = 0

/** The native module's calls, for this instance of the package. @internal */
export function bridge(): Bridge {
  return (opened ??= new native.Bridge(pull))
}

/** Sends a call whose arguments have names, and for a notification its body. `name` is the call's in errors. @internal */
export async function ask<T>(client: Client, name: string, call: NamedCall, signal?: AbortSignal, body?: Bytes): Promise<T> {
  if (signal?.aborted) {
    throw cancelled(bridge().notAsked(call), signal)
  }
  return (await start(client, name, (number) => bridge().ask(number, client, call, body), signal)) as T
}

/** Sends a call about several things: the result of each, or its error, in their order. @internal */
export async function askEach<T>(client: Client, name: string, call: NamedCall, signal?: AbortSignal): Promise<PromiseSettledResult<T>[]> {
  return settled(await ask<unknown[]>(client, name, call, signal))
}

function settled<T>(outcomes: readonly unknown[]): PromiseSettledResult<T>[] {
  return outcomes.map((outcome) =>
    outcome instanceof CallFailure
      ? { status: 'rejected', reason: errorFrom(outcome.failure) }
      : { status: 'fulfilled', value: outcome as T },
  )
}

/** Sends a call of the payment API: its name, for `call` its path, and its fields. @throws InvalidRequest @internal */
export function send<T>(client: Client, call: string, path: string, params: object, signal?: AbortSignal): Promise<T> {
  const pieces = new Pieces().push(call)
  if (path !== '') {
    pieces.push(path)
  }
  const given = needObject('params', params)
  for (const name of Object.keys(given)) {
    pieces.pushField(name, given[name])
  }
  return submit(client, call, pieces.join(), signal)
}

/** Ends what was handed over (`done`), or gives it back. @internal */
export function finish(client: Client, handling: Handling, done: boolean): Promise<unknown> {
  return start(client, 'notify.handle', (number) => bridge().finish(number, client, handling, done))
}

/** What a payment by code shows before its first step. @internal */
export function progress(client: Client, payment: CodePayment, signal?: AbortSignal): Promise<unknown> {
  return start(client, payment.endpoint, (number) => bridge().progress(number, client, payment), signal)
}

/** The next step of a payment by code. With `handOver` one that is paid is claimed. @internal */
export function step(client: Client, payment: CodePayment, handOver: boolean, signal?: AbortSignal): Promise<unknown> {
  return start(client, payment.endpoint, (number) => bridge().step(number, client, payment, handOver), signal)
}

/** Asks an open bill for its next rows, or for the next piece of its text; another file for its next piece. @internal */
export function readBill<T>(client: Client, bill: BillSource, text: boolean, signal?: AbortSignal, call = 'downloadbill'): Promise<T> {
  return start(client, call, (number) => bridge().readBill(number, client, bill, text), signal) as Promise<T>
}

/** A call whose reply is a bill, which is read as it comes. @internal */
export async function openBill(client: Client, call: string, params: object, signal?: AbortSignal): Promise<Bill> {
  const source = await send<BillSource>(client, call, '', params, signal)
  return downloaded(source, (text) => readBill(client, source, text, signal), signal)
}

async function submit<T>(client: Client, call: string, pieces: string, signal?: AbortSignal): Promise<T> {
  if (signal?.aborted) {
    throw cancelled(bridge().notSubmitted(pieces), signal)
  }
  return (await start(client, call, (number) => bridge().submit(number, client, pieces), signal)) as T
}

/** An async function, so that an error's stack names the callers that wait for it. @internal */
export async function start(client: Client, call: string, begin: (number: number) => void, signal?: AbortSignal): Promise<unknown> {
  if (isObserved() !== observed) {
    observed = isObserved()
    bridge().listen(observed)
  }
  const number = freeNumber()
  try {
    begin(number)
  } catch (error) {
    throw raised(error) ?? lost(call, error)
  }
  const outcome = await (signal ? abortable(client, number, signal) : new Promise((done) => waiting.set(number, { client, done })))
  if (outcome instanceof CallFailure) {
    throw errorFrom(outcome.failure)
  }
  if (outcome instanceof NativeBug) {
    throw lost(call)
  }
  return outcome
}

function lost(call: string, cause?: unknown): TransportError {
  return new TransportError(native.phrase('internal error in the native module; whether WeChat acted on the call is unknown'), {
    code: 'internal',
    outcome: 'unknown',
    endpoint: call,
    cause,
  })
}

function abortable(client: Client, number: number, signal: AbortSignal): Promise<unknown> {
  return new Promise((done, fail) => {
    const abort = () => {
      signal.removeEventListener('abort', abort)
      waiting.delete(number)
      const failure = bridge().abort(number)
      if (failure !== null) {
        fail(cancelled(failure, signal))
      }
    }
    signal.addEventListener('abort', abort, { once: true })
    const ended = (outcome: unknown) => {
      signal.removeEventListener('abort', abort)
      done(outcome)
    }
    waiting.set(number, { client, done: ended })
    // A step of a payment, or a bill's next rows: the signal may have been aborted since the last one.
    if (signal.aborted) {
      abort()
    }
  })
}

function cancelled(failure: string, signal: AbortSignal): Error {
  return errorFrom(JSON.parse(failure) as Failure, signal.reason)
}

/** Takes all messages that the native module has. */
function pull(): void {
  for (let text = bridge().next(); text !== null; text = bridge().next()) {
    try {
      receive(text)
    } catch (error) {
      // A bug; the other messages must be taken all the same.
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

function receive(text: string): void {
  const message = readMessage(text)
  const { number } = message
  switch (message.topic) {
    case Topic.Asked:
      return asked(JSON.parse(message.rest()), (returned, text) => bridge().answer(number, returned, text))
    case Topic.Attempted:
      return attempted(number, JSON.parse(message.rest()))
    case Topic.Forgotten:
      return forget(number)
    case Topic.Warned:
      return warned(number, JSON.parse(message.rest()))
    default:
      return done(number, outcomeOf(message))
  }
}

/** The result of a call. */
function outcomeOf(message: Message): unknown {
  const { number } = message
  switch (message.topic) {
    case Topic.Document:
      return message.document()
    case Topic.Text:
      return message.rest()
    case Topic.Json:
      return JSON.parse(message.rest())
    case Topic.Handling:
      return new Claimable(bridge().handling(number) as Handling)
    case Topic.Each:
      return outcomesOf(number)
    case Topic.Parts:
      return new CombinedStart(message.rest(), outcomesOf(number))
    case Topic.Bill:
      return bridge().bill(number)
    case Topic.Rows:
      return bridge().rows(number)
    case Topic.Bytes:
      return bridge().bytes(number)
    case Topic.Nothing:
      return undefined
    case Topic.Failed:
      return new CallFailure(JSON.parse(message.rest()) as Failure)
    default:
      return new NativeBug()
  }
}

/** The results of a call about several things. */
function outcomesOf(number: number): unknown[] {
  const found: unknown[] = []
  for (let text = bridge().each(number); text !== null; text = bridge().each(number)) {
    found.push(outcomeOf(readMessage(text)))
  }
  return found
}

function done(number: number, outcome: unknown): void {
  const call = waiting.get(number)
  waiting.delete(number)
  call?.done(outcome)
}

function freeNumber(): number {
  do {
    last = (last + 1) >>> 0
  } while (waiting.has(last))
  return last
}
