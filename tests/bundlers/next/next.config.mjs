import { fileURLToPath } from 'node:url'

// The folder that has the lock file. Shops with one lock file do not need this.
const root = fileURLToPath(new URL('..', import.meta.url))

export default {
  serverExternalPackages: ['wxpaykit'],
  turbopack: { root },
  outputFileTracingRoot: root,
}
