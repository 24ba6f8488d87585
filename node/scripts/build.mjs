// Builds the native module and puts it where the package looks for it. `--profile dist` builds what is published.

import { spawnSync } from 'node:child_process'
import { copyFileSync, renameSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const at = process.argv.indexOf('--profile')
const profile = at < 0 ? 'release' : process.argv[at + 1]

const args = ['build', '--package', 'wxpaykit-node', '--profile', profile, '--message-format', 'json-render-diagnostics']
const cargo = spawnSync('cargo', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 })
if (cargo.error) {
  console.error(`cargo cannot be run (${cargo.error.message}); the native module needs Rust: https://rustup.rs`)
  process.exit(1)
}
if (cargo.status !== 0) {
  process.exit(cargo.status ?? 1)
}
const library = cargo.stdout
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line))
  .filter((message) => message.reason === 'compiler-artifact' && message.target.name === 'wxpaykit_node')
  .flatMap((message) => message.filenames)
  .find((name) => /\.(so|dylib|dll)$/.test(name))
if (library === undefined) {
  console.error('cargo built no library')
  process.exit(1)
}
// Renamed into place: a process that has the old one loaded keeps it.
const target = `${root}node/wxpaykit.node`
copyFileSync(library, `${target}.new`)
renameSync(`${target}.new`, target)
console.log(`node/wxpaykit.node (${profile})`)
