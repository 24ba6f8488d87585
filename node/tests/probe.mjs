// Core's functions with time and nonce as arguments, and what a client keeps its things in. Only builds for tests have them.

import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { native } = require('../dist/addon.js')
const { bridge, start } = require('../dist/calls.js')
const { guard } = require('../dist/errors.js')
const { readMessage } = require('../dist/frame.js')
const { opened } = require('../dist/hooks.js')
const { pieces } = require('../dist/pieces.js')

export function probe(kind, given, body = '') {
  const message = readMessage(guard(() => native.probe(kind, pieces(...Object.entries(given).flat()), body)))
  switch (message.topic) {
    case native.Topic.Document:
      return message.document()
    case native.Topic.Text:
      return message.rest()
    case native.Topic.Json:
      return JSON.parse(message.rest())
    default:
      return undefined
  }
}

/** A client's store, asked directly: for the test that all stores keep one contract. */
export function probeStore(place) {
  const settings = ['WXPAY_APPID', 'wxd930ea5d5a258f4f', 'WXPAY_MCH_ID', '10000100', 'WXPAY_API_KEY', 'k'.repeat(32)]
  const own = typeof place !== 'string'
  const address = own ? [] : ['WXPAY_STORE', place]
  const open = (hooks) => guard(() => bridge().open(pieces(...settings, ...address), hooks, own, false))
  const client = opened(own ? { store: place } : {}, open)
  const call = async (...texts) => {
    const { answer } = await start(client, 'store', (number) => native.probeStore(bridge(), number, client, pieces(...texts)))
    return answer ?? undefined
  }
  return {
    get: (key) => call('get', key),
    put: (key, value, life) => call('put', key, value, '', String(life)),
    add: async (key, value, life) => (await call('add', key, value, '', String(life))) === 'true',
    compareAndSet: async (key, old, value, life) => (await call('compareAndSet', key, value, old, String(life))) === 'true',
    delete: (key) => call('delete', key),
  }
}
