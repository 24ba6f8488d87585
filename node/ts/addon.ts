/** The native module. Nothing of it is public; napi writes its types into `native.d.ts`. */

import type * as Native from './native.js'

/** @internal */
export const native: typeof Native = load()

function load(): typeof Native {
  let loaded: Partial<typeof Native>
  try {
    // A checkout and a bundle that copies native modules have it here.
    loaded = require('../wxpaykit.node') as Partial<typeof Native>
  } catch (here) {
    if (!isMissing(here)) {
      throw unusable(firstLine(here), here)
    }
    const build = platform()
    // Each name stands as a literal, so that tools which collect a function's files find the package, and inside `try`, so that bundlers
    // take those of other systems for optional.
    try {
      switch (build) {
        case 'linux-x64-gnu':
          loaded = require('wxpaykit-linux-x64-gnu') as Partial<typeof Native>
          break
        case 'linux-arm64-gnu':
          loaded = require('wxpaykit-linux-arm64-gnu') as Partial<typeof Native>
          break
        case 'linux-x64-musl':
          loaded = require('wxpaykit-linux-x64-musl') as Partial<typeof Native>
          break
        case 'linux-arm64-musl':
          loaded = require('wxpaykit-linux-arm64-musl') as Partial<typeof Native>
          break
        case 'darwin-x64':
          loaded = require('wxpaykit-darwin-x64') as Partial<typeof Native>
          break
        case 'darwin-arm64':
          loaded = require('wxpaykit-darwin-arm64') as Partial<typeof Native>
          break
        case 'win32-x64-msvc':
          loaded = require('wxpaykit-win32-x64-msvc') as Partial<typeof Native>
          break
        default:
          throw new Error(
            pick(
              `there is no build for ${build}; the README lists the platforms that have one`,
              `没有 ${build} 的构建，README 列出了有构建的平台`,
            ),
          )
      }
    } catch (there) {
      const missing = pick(`and the package wxpaykit-${build} is not installed`, `也没有安装 wxpaykit-${build} 包`)
      throw unusable(isMissing(there) ? `${firstLine(here)}${pick(', ', '，')}${missing}` : firstLine(there), there)
    }
  }
  // A bundler that does not know native modules puts the file's name here.
  if (typeof loaded?.tables !== 'function') {
    throw unusable(pick('a bundler replaced the file by something else', '打包工具把这个文件换成了别的内容'))
  }
  return Object.freeze(loaded as typeof Native)
}

/** The platform as the packages name it: Linux by its libc, Windows by its compiler. */
function platform(): string {
  const { platform: os, arch: cpu } = process
  if (os === 'linux') {
    const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return `linux-${cpu}-${header?.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`
  }
  return os === 'win32' ? `win32-${cpu}-msvc` : `${os}-${cpu}`
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'MODULE_NOT_FOUND'
}

/** Without Node's list of the files that led here. */
function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}

function unusable(reason: string, cause?: unknown): Error {
  const here = `${process.platform}-${process.arch}, Node ${process.version}`
  const text = pick(
    `wxpaykit: the native module wxpaykit.node cannot be loaded (${here}): ${reason}. An installation for another system, one without ` +
      'optional dependencies (npm install --omit=optional) and a bundler are the usual reasons: install wxpaykit on the system that it ' +
      'runs on, and let bundlers leave it out (esbuild --external:wxpaykit, Next.js serverExternalPackages)',
    `wxpaykit：无法加载原生模块 wxpaykit.node（${here}）：${reason}。常见原因是为其他系统安装的、安装时没有带可选依赖` +
      '（npm install --omit=optional）或经过了打包：请在运行它的系统上安装 wxpaykit，并让打包工具不要打包它' +
      '（esbuild --external:wxpaykit，Next.js serverExternalPackages）',
  )
  return new Error(text, { cause })
}

/** The native module, which knows the language of errors, is what is missing. */
function pick(english: string, chinese: string): string {
  const { WXPAYKIT_LANG, LC_ALL, LC_MESSAGES, LANG } = process.env
  const language = [WXPAYKIT_LANG, LC_ALL, LC_MESSAGES, LANG].find(Boolean) ?? ''
  return language.startsWith('zh') ? chinese : english
}
