/** What `console.log` shows of results that are plain objects: what notebooks of Python show, the state first. */

import { native } from './addon.js'

type Inspect = (value: unknown, options: object) => string
/** As Node calls it, with the object as `this`. */
type Text = (this: object, depth: number | null, options: object, inspect: Inspect) => string

const INSPECT = Symbol.for('nodejs.util.inspect.custom')

/**
 * Gives a plain object its text for `console.log`, and freezes it. In every other way it stays a plain object: nothing that lists or
 * compares properties sees the text (`JSON.stringify`, `{ ...object }`, `structuredClone`, `deepEqual`).
 * @internal
 */
export function displayed<T extends object>(object: T, text: Text): Readonly<T> {
  return Object.freeze(showAs(object, text))
}

/** The same for an object that the user may change. @internal */
export function showAs<T extends object>(object: T, text: Text): T {
  return Object.defineProperty(object, INSPECT, { value: text })
}

/**
 * The text with a line for each of these properties, below the name of what it is. Properties that are `undefined` and lists without items
 * have none.
 * @internal
 */
export function linesOf<T>(title: string, names: readonly (keyof T & string)[]): Text {
  return function (depth, options, inspect) {
    if (depth !== null && depth < 0) {
      return `[${title}]`
    }
    const inner = { ...options, depth: depth === null ? null : depth - 1 }
    const lines: [string, string][] = []
    for (const name of names) {
      const value = (this as Record<string, unknown>)[name]
      const values: [string, unknown][] = Array.isArray(value) ? value.map((one, at) => [`${name}[${at}]`, one]) : [[name, value]]
      for (const [name, value] of values) {
        if (value !== undefined) {
          lines.push([name, shown(value, inner, inspect)])
        }
      }
    }
    return table(title, lines)
  }
}

/** A title, and below it rows whose columns are aligned. @internal */
export function table(title: string, rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))))
  }
  const line = (row: readonly string[]) => {
    const last = row.length - 1
    return row.map((cell, at) => (at === last ? cell : cell + ' '.repeat((widths[at] as number) - widthOf(cell)))).join('  ')
  }
  return [title, ...rows.map((row) => `  ${line(row).trimEnd()}`)].join('\n')
}

/** `2026-11-28 16:08:28`, in Beijing. @internal */
export function beijing(time: Date): string {
  return new Date(time.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
}

/** How many columns of a terminal a text takes: two for a Chinese character. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) {
    width += /[\p{Script=Han}\u3000-\u303f\uff01-\uff60]/u.test(character) ? 2 : 1
  }
  return width
}

/** A value as a person reads it. One that shows itself has its own lines, all but the first below the line of its name. */
function shown(value: unknown, options: object, inspect: Inspect): string {
  if (typeof value === 'string') {
    return native.clean(value)
  }
  if (typeof value === 'number') {
    return String(Math.round(value * 1000) / 1000)
  }
  if (typeof value === 'boolean') {
    return value ? 'yes' : 'no'
  }
  return value instanceof Date ? beijing(value) : inspect(value, options).replaceAll('\n', '\n  ')
}
