// Refuses to publish a native module that was built for the package's own tests.

import { createRequire } from 'node:module'

const built = createRequire(import.meta.url)('../wxpaykit.node')
const probes = Object.keys(built).filter((name) => name.startsWith('probe'))
if (probes.length > 0) {
  console.error(`node/wxpaykit.node was built for tests (it has ${probes.join(', ')}); npm run build:dist builds what is published`)
  process.exit(1)
}
