/** The native module, as `node/src/lib.rs` exports it. Nothing of it is public. */
export interface Native {
  /** Where a frame's numbers are left; replaced when a frame needs more room. */
  readonly numbers: Float64Array
  sign(flat: string, pieces: number, hmac: number): string | undefined
  stringToSign(flat: string, pieces: number): string | undefined
  verify(flat: string, pieces: number): boolean | undefined
  verifyBody(body: Bytes, key: string): boolean
  explain(flat: string, pieces: number): string | undefined
  explainBody(body: Bytes, key: string, apiV3Key: string, appSecret: string): string
  parseXml(body: Bytes): string
  buildXml(flat: string, pieces: number): string | undefined
  jssdkSignature(ticket: string, noncestr: string, timestamp: string, url: string): string
  mwebRedirectUrl(mwebUrl: string, redirectUrl: string): string
  newOutTradeNo(prefix: string): string
  yuanToFen(yuan: string): string
  fenToYuan(fen: string): string
  ack(ok: number, msg: string): string
  create(flat: string, pieces: number): Handle | string | undefined
  describe(client: Handle): string
  pageParams(client: Handle, kind: string, prepayId: string, appid: string, partnerid: string): string
  authorizeUrl(client: Handle, redirectUri: string, scope: string, state: string, popup: number): string
  parseNotification(client: Handle, body: Bytes): string
  connect(told: (topic: number, number: number, text: string) => void): void
  submit(client: Handle, id: number, flat: string, pieces: number, body: Bytes): boolean
  abort(id: number, call: string, sent: number): string
  check(number: number, recorded: string): string
  answer(question: number, kind: number, text: string): void
  listen(is: number): void
  tables(): string
  probe(kind: string, flat: string, pieces: number, body: Bytes): string
}

/** A client in the native module. */
export type Handle = object & { readonly __handle: unique symbol }

/** A document as it came: its bytes, or its text. */
export type Bytes = Uint8Array | string

export const native: Native = require('../wxpaykit.node')
