#!/usr/bin/env node
'use strict'

const { spawn } = require('node:child_process')
const { binaryPath } = require('./index.js')

const child = spawn(program(), process.argv.slice(2), { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal))
}
child.once('error', (error) => {
  console.error(`wxpaykit-emulator: ${error.message}`)
  process.exitCode = 1
})
child.once('exit', (status) => {
  process.exitCode = status ?? 1
})

function program() {
  try {
    return binaryPath()
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
