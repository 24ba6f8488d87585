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
    const own = 'cargo build --release --package wxpaykit-emulator'
    const text = pick(
      `wxpaykit-emulator: the package wxpaykit-emulator-${build} is not installed: install wxpaykit-emulator on the system that it runs ` +
        `on, with its optional dependencies; where there is no build, make one (${own}) and name it in WXPAYKIT_EMULATOR`,
      `wxpaykit-emulator：没有安装 wxpaykit-emulator-${build} 包：请在运行它的系统上安装 wxpaykit-emulator，并带上可选依赖；没有构建的系统请自行构建` +
        `（${own}），再用 WXPAYKIT_EMULATOR 指定它`,
    )
    throw new Error(text, { cause })
  }
  if (!existsSync(found)) {
    throw new Error(pick(`wxpaykit-emulator: ${found} is missing; install the package again`, `wxpaykit-emulator：找不到 ${found}，请重新安装`))
  }
  return found
}

/** The text in the language of wxpaykit's errors. */
function pick(english, chinese) {
  const { WXPAYKIT_LANG, LC_ALL, LC_MESSAGES, LANG } = process.env
  const language = [WXPAYKIT_LANG, LC_ALL, LC_MESSAGES, LANG].find(Boolean) ?? ''
  return language.startsWith('zh') ? chinese : english
}

/** The platform as the packages name it: Linux by its libc, Windows by its compiler. */
function platform() {
  const { platform: os, arch: cpu } = process
  if (os === 'linux') {
    return `linux-${cpu}-${process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`
  }
  return os === 'win32' ? `win32-${cpu}-msvc` : `${os}-${cpu}`
}
