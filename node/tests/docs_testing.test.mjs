// The tests of docs/testing.md, run as a reader would run them.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
const folder = new URL('target/docs/', root)
const blocks = [...readFileSync(new URL('docs/testing.md', root), 'utf8').matchAll(/```js\n(.*?)```/gs)].map((match) => match[1])

function run(name, source) {
  const file = new URL(name, folder)
  writeFileSync(file, source)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  env.WXPAYKIT_EMULATOR ??= fileURLToPath(new URL('target/wxpaykit-emulator', root))
  return execFileSync(process.execPath, ['--test', '--test-reporter=tap', fileURLToPath(file)], { env, encoding: 'utf8' })
}

before(() => {
  assert.equal(blocks.length, 4)
  mkdirSync(folder, { recursive: true })
})

test('docs/testing.md: node:test', { timeout: 30_000 }, () => {
  assert.match(run('testing.test.mjs', blocks[0]), /# pass 2\n# fail 0/)
})

test('docs/testing.md: a shop that runs, and a notification without HTTP', { timeout: 30_000 }, () => {
  assert.match(run('testing_shop.test.mjs', blocks[1]), /# pass 2\n# fail 0/)
})

test('docs/testing.md: vitest, by the names that node:test has', { timeout: 30_000 }, () => {
  writeFileSync(
    new URL('vitest.mjs', folder),
    `import assert from 'node:assert/strict'
    export { after as afterAll, before as beforeAll, test } from 'node:test'
    export const expect = (value) => ({ toBe: (expected) => assert.equal(value, expected) })\n`,
  )
  const source = blocks[2].replace("'vitest'", "'./vitest.mjs'")
  assert.match(run('testing_vitest.test.mjs', source), /# pass 1\n# fail 0/)
})

test('docs/testing.md: the history of an order', { timeout: 30_000 }, () => {
  const said = run('testing_history.test.mjs', blocks[3])
  assert.match(said, /# pass 1\n# fail 0/)
  // As the page shows it.
  assert.match(said, /# {3}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}customer {7}paid {15}ok {6}¥1\.00 \(100 fen\)\n/)
})
