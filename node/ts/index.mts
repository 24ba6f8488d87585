/** The same objects as `require('wxpaykit')` gives, so that `instanceof` holds whichever way a class came. */
export * from './index.js'
