#!/usr/bin/env node
/** The command `wxpaykit`: npm's bin. The command itself is compiled. */

import { dirname, join } from 'node:path'
import type * as Addon from './addon.js'

/** The native module; where it cannot be loaded, the one sentence that says what to do, and the end. */
function loaded(): typeof Addon.native {
  try {
    return (require('./addon.js') as typeof Addon).native
  } catch (error) {
    console.error((error as Error).message)
    process.exit(1)
  }
}

/** Where npm puts the emulator's own command: beside this one, and in the projects around this folder. */
function folders(): string[] {
  const found = [dirname(process.argv[1] ?? '')]
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    found.push(join(folder, 'node_modules/.bin'))
    if (dirname(folder) === folder) return found
  }
}

process.exitCode = loaded().command(process.argv.slice(2), folders())
