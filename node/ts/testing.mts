/** The same objects as `require('wxpaykit/testing')` gives. */
export * from './testing.js'
