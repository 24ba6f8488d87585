// Builds the native module, puts it where the package looks for it, and checks node/ts/native.d.ts against it. `--update` writes that
// file. `--profile dist` builds what is published, without the functions for the package's own tests. `--target` builds for another
// system, and `--zig .2.28` with zig's linker, for that glibc and newer.

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { declarations } from './types.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values: options } = parseArgs({
  options: {
    profile: { type: 'string', default: 'release' },
    /** Whether to build what is published, whatever the profile. */
    published: { type: 'boolean', default: false },
    /** Where the module goes. */
    into: { type: 'string', default: join(root, 'node') },
    update: { type: 'boolean', default: false },
    target: { type: 'string' },
    zig: { type: 'string' },
  },
})
const published = options.published || options.profile === 'dist'

// One folder for each way to build: cargo compiles nothing when nothing changed, and then napi writes nothing either.
const types = join(root, 'target/napi', [options.profile, options.target, published ? 'published' : 'probe'].filter(Boolean).join('-'))
mkdirSync(types, { recursive: true })
mkdirSync(resolve(options.into), { recursive: true })
let library = build()
let declared = declarations(join(types, 'wxpaykit-node'))
if (declared === undefined) {
  cargo('clean', '--package', 'wxpaykit-node', '--profile', options.profile, ...(options.target === undefined ? [] : ['--target', options.target]))
  library = build()
  declared = declarations(join(types, 'wxpaykit-node'))
}

const committed = join(root, 'node/ts/native.d.ts')
if (options.update) {
  writeFileSync(committed, declared)
} else if (!existsSync(committed) || readFileSync(committed, 'utf8') !== declared) {
  console.error('node/ts/native.d.ts is stale: npm run types')
  process.exit(1)
}

// Renamed into place: a process that has the old one loaded keeps it.
const target = join(resolve(options.into), 'wxpaykit.node')
copyFileSync(library, `${target}.new`)
renameSync(`${target}.new`, target)
console.log(`${target} (${options.profile}${published ? '' : ', with probe'})`)

function build() {
  const features = published ? [] : ['--features', 'probe']
  const triple = options.target === undefined ? [] : ['--target', `${options.target}${options.zig ?? ''}`]
  const stdout = cargo(options.zig === undefined ? 'build' : 'zigbuild', '--locked', ...triple, '--package', 'wxpaykit-node', '--profile', options.profile, ...features, '--message-format', 'json-render-diagnostics')
  const library = stdout
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
  return library
}

function cargo(...args) {
  const env = { ...process.env, NAPI_TYPE_DEF_TMP_FOLDER: types }
  if (options.target?.includes('musl')) {
    // Rust links musl statically unless it is told otherwise, and makes no dynamic library then.
    env.RUSTFLAGS = [process.env.RUSTFLAGS, '-C target-feature=-crt-static'].filter(Boolean).join(' ')
  }
  const how = { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 }
  const { error, status, stdout } = spawnSync('cargo', args, how)
  if (error) {
    console.error(`cargo cannot be run (${error.message}); the native module needs Rust: https://rustup.rs`)
    process.exit(1)
  }
  if (status !== 0) {
    process.exit(status ?? 1)
  }
  return stdout
}
