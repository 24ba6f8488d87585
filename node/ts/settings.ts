/** The options of a client, checked, as the native module takes them. */

import cluster from 'node:cluster'
import { native } from './addon.js'
import { UNPAIRED, isBytes, isObject, kindOf, noOption } from './arguments.js'
import { bridge } from './calls.js'
import { ConfigError, guard } from './errors.js'
import { SETTINGS, type Setting, type WxPayOptions } from './generated/settings.js'
import { needStore, opened, type Hooks } from './hooks.js'
import type { Client } from './native.js'
import { pieces } from './pieces.js'

/** Checked settings for the native module, which alone holds the secrets afterwards. */
export class Settings {
  readonly #pieces: string[]
  readonly #hooks: Hooks

  constructor(pieces: string[], hooks: Hooks) {
    this.#pieces = pieces
    this.#hooks = hooks
  }

  create(): Client {
    const { store, onEvent } = this.#hooks
    const open = (number: number) => bridge().open(pieces(...this.#pieces), number, store !== undefined, onEvent !== undefined)
    return opened(this.#hooks, (number) => guard(() => open(number)))
  }
}

/** Options and environment under the environment's names. */
export function settings(options: Partial<WxPayOptions> | undefined, environment?: NodeJS.ProcessEnv): Settings {
  if (options !== undefined && options !== null && !isObject(options)) {
    throw config('options', 'must be an object of options')
  }
  const { hooks, rest } = hooksOf(options ?? {})
  const found = new Map<string, string>()
  for (const { variable } of Object.values(SETTINGS)) {
    for (const name of variable === undefined ? [] : [variable, `${variable}_FILE`]) {
      const value = environment?.[name]
      if (value !== undefined) {
        found.set(name, value)
      }
    }
  }
  // Of other variables the names alone: one of them may be misspelt.
  for (const [name, value] of Object.entries(environment ?? {})) {
    if (name.startsWith('WXPAY_') && !found.has(name) && value !== '') {
      found.set(name, '1')
    }
  }
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined && value !== null) {
      const row = rowOf(name)
      found.set(row.variable as string, textOf(name, row, value))
    }
  }
  if (environment === undefined) {
    found.set('arguments', '1')
  }
  found.set('language', `node ${process.version}`)
  if (cluster.isWorker) {
    found.set('worker', '1')
  }
  return new Settings([...found].flat(), hooks)
}

/** The options that stay in JavaScript, and the others. */
function hooksOf(options: Partial<WxPayOptions>): { hooks: Hooks; rest: Partial<WxPayOptions> } {
  const { onEvent, onWarning, store, ...rest } = options
  for (const [name, hook] of Object.entries({ onEvent, onWarning })) {
    if (hook !== undefined && hook !== null && typeof hook !== 'function') {
      throw config(name, 'must be a function')
    }
  }
  const hooks = { onEvent: onEvent ?? undefined, onWarning: onWarning ?? undefined }
  return typeof store === 'object' && store !== null
    ? { hooks: { ...hooks, store: needStore(store) }, rest }
    : { hooks, rest: { ...rest, store } }
}

function rowOf(name: string): Setting {
  const row = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined
  if (row === undefined) {
    throw config(name, noOption(name, Object.keys(SETTINGS)))
  }
  return row
}

/** An option as the environment has it. */
function textOf(name: string, { kind, required, least, most }: Setting, value: unknown): string {
  if (kind === 'milliseconds' || kind === 'count') {
    const what = kind === 'count' ? 'an integer' : 'a number of milliseconds'
    const fits = typeof value === 'number' && value >= (least as number) && value <= (most as number)
    if (!fits || (kind === 'count' && !Number.isInteger(value))) {
      throw config(name, `must be ${what} between ${least} and ${most}`)
    }
    return String(kind === 'count' ? value : value / 1000)
  }
  if (kind === 'flag') {
    if (typeof value !== 'boolean') {
      throw config(name, 'must be true or false')
    }
    return String(value)
  }
  if (kind === 'signTypes') {
    if (!Array.isArray(value) || !value.every((type) => typeof type === 'string')) {
      throw config(name, 'must be a list, each item MD5 or HMAC-SHA256')
    }
    return value.join(',')
  }
  if (kind === 'credential' && isBytes(value)) {
    // As text, which is what crosses to core.
    return `data:;base64,${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}`
  }
  if (typeof value !== 'string') {
    throw config(name, `must be ${kind === 'credential' ? 'a path, a Buffer or PEM text' : 'text'}, not ${kindOf(value)}`)
  }
  if (!value.isWellFormed()) {
    throw config(name, UNPAIRED)
  }
  // An empty variable counts as not set, so an empty option would silently be left out.
  if (value === '') {
    throw config(name, required ? 'must not be empty' : 'must not be empty; leave it out to do without')
  }
  return value
}

function config(field: string, remedy: string): ConfigError {
  return new ConfigError(`${field}: ${native.phrase(remedy)}`, { field })
}
