// The same as no_secret.py, for the suites of Node.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('no_secret.py', import.meta.url))

/** That what programs printed has no secret, none of the test's `own`, and no token, in any form. */
export function holdsNoSecret(output, own = []) {
  const also = own.flatMap((secret) => ['--also', secret])
  const { status, stderr } = spawnSync('python3', [PROGRAM, ...also], { input: output, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}
