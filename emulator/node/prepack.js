// Puts the program that cargo built into the package, as lean as it is published, and the licences.

'use strict'

const { spawnSync } = require('node:child_process')
const { chmodSync, copyFileSync, existsSync, statSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '../..')
// Whichever was built last: the other may be of long ago.
const [built] = ['dist', 'release']
  .map((profile) => join(root, 'target', profile, 'wxpaykit-emulator'))
  .filter(existsSync)
  .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)
if (built === undefined) {
  console.error('there is no wxpaykit-emulator to pack: cargo build --profile dist --package wxpaykit-emulator')
  process.exit(1)
}
const packed = join(__dirname, 'wxpaykit-emulator')
copyFileSync(built, packed)
chmodSync(packed, 0o755)
// Where there is no strip it is just larger.
spawnSync('strip', [packed], { stdio: 'ignore' })
for (const licence of ['LICENSE-MIT', 'LICENSE-APACHE', 'LICENSE-THIRD-PARTY']) {
  copyFileSync(join(root, licence), join(__dirname, licence))
}
