/** Files to upload: a path goes to core as it is, everything else as bytes. */

import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { native } from './addon.js'
import { invalid, isBytes, kindOf, wellFormed } from './arguments.js'
import { walk } from './walk.js'

/** A file: its path, its bytes, a `Blob` or `File`, or a stream of bytes. */
export type UploadFile = string | URL | Uint8Array | ArrayBuffer | Blob | AsyncIterable<Uint8Array | ArrayBuffer>

/** A file as core takes it: where it is, or its bytes and its name as far as it has one. @internal */
export interface ReadFile {
  path?: string
  bytes?: Uint8Array
  name?: string
}

/** Reads a file that is not on this machine's disk; nothing of it when the signal is aborted meanwhile. @throws InvalidRequest @internal */
export async function readFile(file: unknown, signal?: AbortSignal): Promise<ReadFile> {
  if (typeof file === 'string') {
    return { path: wellFormed('file', file) }
  }
  if (file instanceof URL && file.protocol === 'file:') {
    return { path: fileURLToPath(file) }
  }
  if (isBytes(file)) {
    return { bytes: file }
  }
  if (types.isArrayBuffer(file)) {
    return { bytes: new Uint8Array(file) }
  }
  if (file instanceof Blob) {
    if (file.size > native.largestUpload()) {
      throw tooLarge()
    }
    const name = 'name' in file && typeof file.name === 'string' ? wellFormed('filename', file.name) : ''
    return { bytes: new Uint8Array(await file.arrayBuffer()), ...(name === '' ? {} : { name }) }
  }
  if (typeof file === 'object' && file !== null && Symbol.asyncIterator in file) {
    return { bytes: await collected(file as AsyncIterable<unknown>, signal) }
  }
  throw invalid('file', `must be a path, bytes, a Blob or a stream of bytes, not ${kindOf(file)}`)
}

function tooLarge(): Error {
  return invalid('file', `has more than ${native.largestUpload()} bytes`)
}

async function collected(stream: AsyncIterable<unknown>, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  const most = native.largestUpload()
  const isWhole = await walk(stream, signal, (given) => {
    const piece = types.isArrayBuffer(given) ? new Uint8Array(given) : given
    if (!isBytes(piece)) {
      throw invalid('file', `must be a stream of bytes, and has ${kindOf(piece)}: read it without an encoding`)
    }
    size += piece.length
    if (size > most) {
      throw tooLarge()
    }
    pieces.push(piece)
  })
  return isWhole ? Buffer.concat(pieces) : new Uint8Array()
}
