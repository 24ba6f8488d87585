// The types of the native module: what napi's macros wrote while it was compiled, one JSON a line, as a declaration file.

import { existsSync, readFileSync } from 'node:fs'

const HEADER = `// Written by \`npm run types\` from what napi says of node/src; change it there.

/** Several texts in one; see pieces.ts. */
type Pieces = string
/** One text. */
type OneText = string
/** A text for frame.ts, or one without numbers. */
type Text = string
/** A document as it came: its bytes, or its text. */
type Body = Uint8Array | string
/** Is called when there are messages. */
type Wake = () => void
`

/** @param {string} file The lines; undefined when there are none, since cargo compiled nothing. */
export function declarations(file) {
  if (!existsSync(file)) {
    return undefined
  }
  const lines = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  const classes = new Map(lines.filter(({ kind }) => kind === 'struct').map((line) => [line.name, []]))
  for (const { name, def } of lines.filter(({ kind }) => kind === 'impl')) {
    classes.get(name).push(...def.split('\n').map((member) => member.trim()))
  }
  const found = lines
    // The functions of the feature `probe` are for tests in JavaScript, and published builds do not have them.
    .filter(({ kind, name }) => kind !== 'impl' && !name.startsWith('probe'))
    .map(({ kind, name, def, js_doc }) => `${js_doc}${declaration(kind, name, def, classes.get(name))}`)
  return [HEADER, ...found.sort(byName)].join('\n')
}

function declaration(kind, name, def, members) {
  const block = (head, body) => `export ${head} {\n${body.map((line) => `  ${line}\n`).join('')}}\n`
  switch (kind) {
    case 'fn':
      return `export declare ${def}\n`
    case 'struct':
      return block(`declare class ${name}`, members.some((line) => line.startsWith('constructor')) ? members : ['private constructor()', ...members])
    case 'interface':
      return block(`interface ${name}`, optional(def).split('\n'))
    case 'enum':
      return block(`declare enum ${name}`, def.split('\n'))
    case 'type':
      return `export type ${name} =\n${optional(def)}\n`
    default:
      throw new Error(`node/scripts/types.mjs does not know what napi calls ${kind}`)
  }
}

/** A member that may be left out may be `undefined` too: napi takes both. */
function optional(def) {
  return def.replace(/(\w+)\?: ([^;}\n]+?)(?= *[;}\n]|$)/gm, '$1?: $2 | undefined')
}

/** In an order that does not depend on that of the modules. */
function byName(one, other) {
  const name = (text) => /^export (?:declare )?\w+ (\w+)/m.exec(text)[1]
  return name(one) < name(other) ? -1 : 1
}
