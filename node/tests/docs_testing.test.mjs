// The tests of docs/testing.md, run as a reader would run them.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('docs/testing.md', { timeout: 30_000 }, () => {
  const root = new URL('../../', import.meta.url)
  const blocks = [...readFileSync(new URL('docs/testing.md', root), 'utf8').matchAll(/```js\n(.*?)```/gs)]
  assert.equal(blocks.length, 1)
  mkdirSync(new URL('target/docs/', root), { recursive: true })
  const file = new URL('target/docs/testing.test.mjs', root)
  writeFileSync(file, blocks[0][1])
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  env.WXPAYKIT_EMULATOR ??= fileURLToPath(new URL('target/release/wxpaykit-emulator', root))
  const ran = execFileSync(process.execPath, ['--test', '--test-reporter=tap', fileURLToPath(file)], { env, encoding: 'utf8' })
  assert.match(ran, /# pass 2\n# fail 0/)
})
