/** The native module. Nothing of it is public; napi writes its types into `native.d.ts`. */

import type * as Native from './native.js'

/** @internal */
export const native: typeof Native = load()

function load(): typeof Native {
  let loaded: Partial<typeof Native>
  try {
    loaded = require('../wxpaykit.node') as Partial<typeof Native>
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error), error)
  }
  // A bundler that does not know native modules puts the file's name here.
  if (typeof loaded?.tables !== 'function') {
    throw unusable('a bundler replaced the file by something else')
  }
  return Object.freeze(loaded as typeof Native)
}

function unusable(reason: string, cause?: unknown): Error {
  const here = `${process.platform}-${process.arch}, Node ${process.version}`
  const remedy =
    'A build for another system, an incomplete installation and a bundler are the usual reasons: install wxpaykit on the system ' +
    'that it runs on, and let bundlers leave it out (esbuild --external:wxpaykit, Next.js serverExternalPackages)'
  return new Error(`wxpaykit: the native module wxpaykit.node cannot be loaded (${here}): ${reason}. ${remedy}`, { cause })
}
