#!/usr/bin/env node
/** The command `wxpaykit`: npm's bin. The command itself is compiled. */

import { dirname, join } from 'node:path'
import { native } from './addon.js'

/** Where npm puts the emulator's own command: beside this one, and in the projects around this folder. */
function folders(): string[] {
  const found = [dirname(process.argv[1] ?? '')]
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    found.push(join(folder, 'node_modules/.bin'))
    if (dirname(folder) === folder) return found
  }
}

process.exitCode = native.command(process.argv.slice(2), folders())
