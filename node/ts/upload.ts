/** Files to upload: a path goes to core as it is, everything else as bytes. */

import { fileURLToPath } from 'node:url'
import { types } from 'node:util'
import { invalid, kindOf } from './arguments.js'

/** A file: its path, its bytes, a `Blob` or `File`, or a stream of bytes. */
export type UploadFile = string | URL | Uint8Array | ArrayBuffer | Blob | AsyncIterable<Uint8Array | ArrayBuffer>

/** A file as core takes it: where it is, or its bytes and its name as far as it has one. @internal */
export interface ReadFile {
  path?: string
  bytes?: Uint8Array
  name?: string
}

/** No upload is larger: core names the bound of each kind of file. */
const MOST = 32 * 1024 * 1024

/** Reads a file that is not on this machine's disk. @throws InvalidRequest @internal */
export async function readFile(file: unknown): Promise<ReadFile> {
  if (typeof file === 'string') {
    return { path: file }
  }
  if (file instanceof URL && file.protocol === 'file:') {
    return { path: fileURLToPath(file) }
  }
  if (file instanceof Uint8Array) {
    return { bytes: file }
  }
  if (types.isArrayBuffer(file)) {
    return { bytes: new Uint8Array(file) }
  }
  if (file instanceof Blob) {
    const name = 'name' in file && typeof file.name === 'string' ? file.name : ''
    return { bytes: new Uint8Array(await file.arrayBuffer()), ...(name === '' ? {} : { name }) }
  }
  if (typeof file === 'object' && file !== null && Symbol.asyncIterator in file) {
    return { bytes: await collected(file as AsyncIterable<unknown>) }
  }
  throw invalid('file', `must be a path, bytes, a Blob or a stream of bytes, not ${kindOf(file)}`)
}

async function collected(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const given of stream) {
    const piece = types.isArrayBuffer(given) ? new Uint8Array(given) : given
    if (!(piece instanceof Uint8Array)) {
      throw invalid('file', `must be a stream of bytes, and has ${kindOf(piece)}: read it without an encoding`)
    }
    size += piece.length
    if (size > MOST) {
      throw invalid('file', `has more than ${MOST} bytes`)
    }
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
