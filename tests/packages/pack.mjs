// What npm would publish of this platform, packed into target/npm: the tests install it.

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PACKED, here } from './platform.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const make = (...args) => execFileSync('node', ['packaging/npm.mjs', ...args, '--into', PACKED], { cwd: ROOT, stdio: 'inherit' })
rmSync(PACKED, { recursive: true, force: true })
make('main')
make('platform', here.name, '--module', 'target/published/wxpaykit.node', '--program', 'target/wxpaykit-emulator')
