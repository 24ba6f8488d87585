/// <reference types="node" preserve="true" />

/** Files that are downloaded: as a stream, and to a path. */

import { promises as files, type WriteStream } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { native } from './addon.js'
import { invalid, kindOf, needText } from './arguments.js'

/** Where a file goes: a path, or a stream that takes bytes, such as the response of a web framework. */
export type DownloadTarget = string | URL | Writable

/** Reads the next piece; `undefined` at the end. */
type Next = () => Promise<Uint8Array | undefined>

/** A file that is being downloaded. @internal */
export interface Arriving {
  readonly stream: Readable
  /** Fails with the error of an aborted call once the signal is aborted. */
  readonly next: Next
}

/**
 * Writes pieces into a file. It appears under its name once it is whole, and one of that name is replaced; after an error nothing is left
 * behind. @internal
 */
export async function saved(path: string, next: Next): Promise<void> {
  // Random: two that save to one path must not write into one file, of which either would be proved by its own pieces alone.
  const part = `${path}.${native.v3Nonce().slice(0, 8)}.part`
  // A new one: what has the name already, or is linked from it, is somebody else's.
  const file = await files.open(part, 'wx')
  try {
    try {
      for (let piece = await next(); piece !== undefined; piece = await next()) {
        // `write` may write a part of it.
        await file.appendFile(piece)
      }
      // On the disk before it has its name: a machine that loses its power keeps no half a file under it.
      await file.sync()
    } finally {
      await file.close()
    }
    await files.rename(part, path)
  } catch (error) {
    await files.rm(part, { force: true })
    throw error
  }
}

/**
 * Pieces as a stream of bytes. `close` ends the download; it is called once, whatever ends the stream. `next` has the signal too.
 * @internal
 */
export function streamed(next: Next, close: () => void, signal: AbortSignal | undefined): Arriving {
  const stream = Readable.from(pieces(next), { objectMode: false })
  stream.once('close', close)
  return { stream: endedBy(signal, stream, next), next }
}

/**
 * A stream that ends with the error of an aborted call as soon as the signal is aborted. A stream alone looks at the signal only when it is
 * read, and a reader may have stalled. `read` fails with that error once the signal is aborted. @internal
 */
export function endedBy(signal: AbortSignal | undefined, stream: Readable, read: () => Promise<unknown>): Readable {
  if (signal !== undefined) {
    const abort = () => void read().catch((error: Error) => stream.destroy(error))
    signal.addEventListener('abort', abort, { once: true })
    stream.once('close', () => signal.removeEventListener('abort', abort))
    if (signal.aborted) {
      abort()
    }
  }
  return stream
}

async function* pieces(next: Next): AsyncGenerator<Uint8Array, void, undefined> {
  for (let piece = await next(); piece !== undefined; piece = await next()) {
    yield piece
  }
}

/** Writes a stream of bytes where it is to go. `open` is called once the file was created; the stream itself ends by the signal. @internal */
export async function written(open: () => Promise<Arriving>, to: string | Writable, signal: AbortSignal | undefined): Promise<void> {
  if (typeof to !== 'string') {
    return piped(open, to, signal)
  }
  let stream: Readable | undefined
  let pieces: AsyncIterator<Uint8Array> | undefined
  const next = async () => {
    stream ??= (await open()).stream
    pieces ??= stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
    const { done, value } = await pieces.next()
    return done === true ? undefined : value
  }
  try {
    await saved(to, next)
  } finally {
    stream?.destroy()
  }
}

/**
 * Writes a stream of bytes into a writable stream. It may fail before there is a byte, such as a file that cannot be created: without a
 * listener that would end the process.
 */
async function piped(open: () => Promise<Arriving>, to: Writable, signal: AbortSignal | undefined): Promise<void> {
  // Where it has failed already, it says so no more.
  if (to.errored) {
    throw to.errored
  }
  let fail: (error: Error) => void = () => undefined
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  to.on('error', fail)
  const opening = open()
  try {
    const { stream, next } = await Promise.race([failed, opening])
    try {
      // The signal also ends a stream that takes no more, after the whole file has arrived.
      await pipeline(stream, to, signal === undefined ? {} : { signal })
    } catch (error) {
      if (signal?.aborted && (error as Partial<NodeJS.ErrnoException>).code === 'ABORT_ERR') {
        await next()
      }
      throw error
    }
  } finally {
    // Where it failed first, the file comes later, and nobody reads it. Its own error has been told.
    opening.then(
      ({ stream }) => stream.destroy(),
      () => undefined,
    )
    // A file that is still being opened fails later, and nobody but this function waits for that.
    if ((to as Partial<WriteStream>).pending === true) {
      to.once('ready', () => to.off('error', fail))
    } else {
      to.off('error', fail)
    }
  }
}

/** A path where a file can be saved. @throws InvalidRequest for that of a folder or a device @internal */
export function needPlace(field: string, path: string, takesStream = false): string {
  const rule = native.wrongPlace(path, takesStream)
  return rule === null ? path : refuse(field, rule)
}

/** Checks a target before anything is sent. @throws InvalidRequest @internal */
export function needTarget(field: string, value: unknown): string | Writable {
  if (value instanceof URL) {
    if (value.protocol === 'file:') {
      return needPlace(field, fileURLToPath(value), true)
    }
  } else if (typeof value === 'string') {
    return needPlace(field, needText(field, value), true)
  } else if (isWritable(value)) {
    return value
  }
  return refuse(field, `must be a path, a file: URL or a writable stream, not ${kindOf(value)}`)
}

function refuse(field: string, rule: string): never {
  throw invalid(field, rule)
}

function isWritable(value: unknown): value is Writable {
  const stream = value as Partial<Writable> | null | undefined
  return typeof stream === 'object' && stream !== null && typeof stream.write === 'function' && typeof stream.end === 'function' && typeof stream.on === 'function'
}
