// Where clients may keep things, for tests: a JavaScript object, a file, a real Redis.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A store as a user would write one. */
export class ObjectStore {
  entries = new Map()

  get(key) {
    const entry = this.entries.get(key)
    return entry === undefined || entry.end <= Date.now() ? undefined : entry.value
  }

  put(key, value, life) {
    this.entries.set(key, { value, end: Date.now() + life })
  }

  add(key, value, life) {
    if (this.get(key) !== undefined) return false
    this.put(key, value, life)
    return true
  }

  compareAndSet(key, old, value, life) {
    if (this.get(key) !== old) return false
    this.put(key, value, life)
    return true
  }

  delete(key) {
    this.entries.delete(key)
  }
}

/** The same behind promises, as a database's driver has them. */
export class AsyncStore {
  inner = new ObjectStore()
}
for (const method of ['get', 'put', 'add', 'compareAndSet', 'delete']) {
  AsyncStore.prototype[method] = async function (...args) {
    await sleep(1)
    return this.inner[method](...args)
  }
}

/** An address of a file in a folder of its own, and what removes it. */
export function sqlite() {
  const folder = mkdtempSync(join(tmpdir(), 'wxpaykit-node-'))
  return { address: `sqlite://${folder}/store.db`, stop: () => rmSync(folder, { recursive: true }) }
}

/** A real server on a port of its own, with nothing on disk. */
export async function redis() {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()]
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  const failed = once(server, 'error').then(([error]) => {
    throw new Error(`redis-server is needed: apt-get install redis-server (${error.message})`)
  })
  await Promise.race([failed, answering(port)])
  failed.catch(() => {})
  return {
    address: `redis://127.0.0.1:${port}/0`,
    async stop() {
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
    },
  }
}

/** Below the ports that the system takes for outgoing connections: another process could get one of those a moment later. */
export async function freePort() {
  const server = createServer().listen(10_000 + Math.floor(Math.random() * 22_000), '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((done) => server.close(done))
  return port
}

async function answering(port) {
  for (let i = 0; i < 200; i++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      socket.write('PING\r\n')
      const [answer] = await once(socket, 'data')
      if (String(answer).startsWith('+PONG')) return
    } catch {
      // Not yet.
    } finally {
      socket.destroy()
    }
    await sleep(25)
  }
  throw new Error('redis-server does not answer')
}
