// The platforms that packages are built for, and the one of this machine.

import { readFileSync } from 'node:fs'

const libc = process.platform === 'linux' ? (process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc') : undefined
export const PLATFORMS = JSON.parse(readFileSync(new URL('../../packaging/platforms.json', import.meta.url), 'utf8'))
export const here = PLATFORMS.find((platform) => platform.os === process.platform && platform.cpu === process.arch && platform.libc === libc)
