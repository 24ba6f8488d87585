// The platforms that packages are built for, and the one of this machine; and where `make wheels` packs it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const libc = process.platform === 'linux' ? (process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc') : undefined
export const PLATFORMS = JSON.parse(readFileSync(new URL('../../packaging/platforms.json', import.meta.url), 'utf8'))
export const here = PLATFORMS.find((platform) => platform.os === process.platform && platform.cpu === process.arch && platform.libc === libc)

export const PACKED = fileURLToPath(new URL('../../target/npm', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
/** The file of a package. */
export const packed = (name) => join(PACKED, `${name}-${version}.tgz`)
