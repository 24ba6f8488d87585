// Bytes as test runners have them, whose `Uint8Array` is not Node's own.

import vm from 'node:vm'

export function ofAnotherRealm(bytes) {
  return vm.runInNewContext('Uint8Array.from(bytes)', { bytes: [...bytes] })
}
