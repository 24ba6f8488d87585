// Makes the npm packages: one of each kind that has the JavaScript, and one a platform that has what cargo built.
//
//   node packaging/npm.mjs main --into DIR
//   node packaging/npm.mjs platform linux-x64-gnu --module wxpaykit.node --program wxpaykit-emulator --into DIR
//
// Each package becomes a folder in DIR, and a .tgz beside it. npm installs of the platform packages only the one whose `os`, `cpu`
// and `libc` fit (`optionalDependencies`).

import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { withAbsoluteLinks } from './links.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const PLATFORMS = JSON.parse(readFileSync(join(ROOT, 'packaging/platforms.json'), 'utf8'))
const LICENCES = ['LICENSE-MIT', 'LICENSE-APACHE', 'LICENSE-THIRD-PARTY']
/** Of the repository; the test of the packages compares them with Cargo.toml. */
const { version, license, repository, homepage, bugs, engines } = json('package.json')
const SHARED = { version, license, repository, homepage, bugs, engines }

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { into: { type: 'string' }, module: { type: 'string' }, program: { type: 'string' } },
})
const [kind, platform] = positionals
if (options.into === undefined || !['main', 'platform'].includes(kind)) {
  fail('usage: node packaging/npm.mjs (main | platform NAME --module FILE --program FILE) --into DIR')
}
const into = resolve(options.into)
if (kind === 'main') {
  main()
} else {
  forPlatform(PLATFORMS.find(({ name }) => name === platform) ?? fail(`no platform is named ${platform}: packaging/platforms.json`))
}

function main() {
  // What only a checkout needs stays out; `private` keeps `npm publish` from publishing a checkout.
  const { devDependencies: _, scripts: __, private: ___, ...published } = json('package.json')
  const files = ['README.md', ...published.files.filter((file) => !file.startsWith('LICENSE'))]
  const own = Object.fromEntries(files.map((file) => [file, file]))
  pack('wxpaykit', { ...published, optionalDependencies: perPlatform('wxpaykit') }, own)
  const { private: ____, ...emulator } = json('emulator/node/package.json')
  pack('wxpaykit-emulator', { ...emulator, ...SHARED, optionalDependencies: perPlatform('wxpaykit-emulator') }, {
    'emulator/node/index.js': 'index.js',
    'emulator/node/index.d.ts': 'index.d.ts',
    'emulator/node/cli.js': 'cli.js',
    'emulator/README.md': 'README.md',
  })
}

/** @param {{ name: string, target: string, os: string, cpu: string, libc?: string }} place */
function forPlatform({ name, target, os, cpu, libc }) {
  const fits = { os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) }
  const program = os === 'win32' ? 'wxpaykit-emulator.exe' : 'wxpaykit-emulator'
  for (const [file, source, of] of [['wxpaykit.node', options.module, 'wxpaykit'], [program, options.program, 'wxpaykit-emulator']]) {
    if (source === undefined || !existsSync(source)) {
      fail(`${of} for ${name}: there is no ${source ?? file}`)
    }
    const about = { name: `${of}-${name}`, description: `The build of ${of} for ${target}`, ...SHARED, ...fits, main: file, files: [file, 'LICENSE-*'] }
    const readme = `# ${of}-${name}\n\nThe build of [${of}](${homepage}) for ${target}. npm installs it together with ${of}.\n`
    const folder = pack(about.name, about, { [resolve(source)]: file }, readme)
    chmodSync(join(folder, file), 0o755)
  }
}

/** Every platform's package, at this very version. */
function perPlatform(of) {
  return Object.fromEntries(PLATFORMS.map(({ name }) => [`${of}-${name}`, version]))
}

function pack(name, about, files, readme) {
  const folder = join(into, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [from, to] of [...Object.entries(files), ...LICENCES.map((licence) => [licence, licence])]) {
    mkdirSync(dirname(join(folder, to)), { recursive: true })
    // npm packs no links.
    cpSync(resolve(ROOT, from), join(folder, to), { recursive: true, dereference: true })
    if (to.endsWith('.md')) {
      writeFileSync(join(folder, to), withAbsoluteLinks(readFileSync(join(folder, to), 'utf8'), homepage, dirname(from)))
    }
  }
  if (readme !== undefined) {
    writeFileSync(join(folder, 'README.md'), readme)
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...about, name }, undefined, 2)}\n`)
  execFileSync('npm', ['pack', '--silent', '--pack-destination', into], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' })
  return folder
}

function json(path) {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
}

function fail(why) {
  console.error(why)
  process.exit(2)
}
