// Where clients of the tests that name no store keep it: not in the developer's home. The language of messages, which tests read.
// The processes of the test files inherit both.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

process.env.WXPAYKIT_LANG = 'en'
if (process.env.WXPAYKIT_TEST_STATE === undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-state-'))
  process.env.XDG_STATE_HOME = process.env.WXPAYKIT_TEST_STATE = folder
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
}
