/** Where the program is. `wxpaykit/testing` starts it for a test. */
export function binaryPath(): string
