'use strict'

const { existsSync } = require('node:fs')
const { dirname, join } = require('node:path')

/** Where the program is. */
exports.binaryPath = () => {
  const build = platform()
  const file = process.platform === 'win32' ? 'wxpaykit-emulator.exe' : 'wxpaykit-emulator'
  let found
  try {
    found = join(dirname(require.resolve(`wxpaykit-emulator-${build}/package.json`)), file)
  } catch (cause) {
    const remedy =
      'install wxpaykit-emulator on the system that it runs on, with its optional dependencies; where there is no build, make one ' +
      '(cargo build --release --package wxpaykit-emulator) and name it in WXPAYKIT_EMULATOR'
    throw new Error(`wxpaykit-emulator: the package wxpaykit-emulator-${build} is not installed: ${remedy}`, { cause })
  }
  if (!existsSync(found)) {
    throw new Error(`wxpaykit-emulator: ${found} is missing; install the package again`)
  }
  return found
}

/** The platform as the packages name it: Linux by its libc, Windows by its compiler. */
function platform() {
  const { platform: os, arch: cpu } = process
  if (os === 'linux') {
    return `linux-${cpu}-${process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`
  }
  return os === 'win32' ? `win32-${cpu}-msvc` : `${os}-${cpu}`
}
