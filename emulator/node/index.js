'use strict'

const { join } = require('node:path')

/** Where the program is. */
exports.binaryPath = () => join(__dirname, 'wxpaykit-emulator')
