/** Core's functions whose time and nonce are arguments, for the shared vectors. The package does not export them. */

import { ask, connect } from './calls.js'
import { keep, type Store } from './hooks.js'
import { native, type Bytes } from './native.js'
import { crossing, expect } from './wire.js'

export function probe<T>(kind: string, given: Readonly<Record<string, string>>, body: Bytes = ''): T {
  return expect(crossing(Object.entries(given).flat(), (flat, count) => native.probe(kind, flat, count, body)))
}

/** What a client keeps its things in, asked directly: for the test that all stores keep one contract. */
export function probeStore(place: string | Store): Required<Store> {
  const settings = ['WXPAY_APPID', 'wxd930ea5d5a258f4f', 'WXPAY_MCH_ID', '10000100', 'WXPAY_API_KEY', 'k'.repeat(32)]
  const where = typeof place === 'string' ? ['WXPAY_STORE', place] : ['hooks', String(keep({ store: place })), 'hooks.store', '1']
  connect()
  const client = crossing([...settings, ...where], native.create)
  if (typeof client === 'string') {
    return expect(client)
  }
  const call = async (...pieces: string[]) => (await ask<Record<string, string>>(client, 'store', pieces)).answer
  return {
    get: (key) => call('get', key),
    put: (key, value, life) => call('put', key, value, '', String(life)),
    add: async (key, value, life) => (await call('add', key, value, '', String(life))) === 'true',
    compareAndSet: async (key, old, value, life) => (await call('compareAndSet', key, value, old, String(life))) === 'true',
    delete: (key) => call('delete', key),
  }
}
