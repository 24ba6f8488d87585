// Written by `npm run types` from what napi says of node/src; change it there.

/** Several texts in one; see pieces.ts. */
type Pieces = string
/** One text. */
type OneText = string
/** A text for frame.ts, or one without numbers. */
type Text = string
/** A document as it came: its bytes, or its text. */
type Body = Uint8Array | string
/** Is called when there are messages. */
type Wake = () => void

/** Compares a bill with the merchant's records. */
export declare class BillComparison {
  constructor()
  /** Adds a record; `false` when there is one of its number already. */
  expect(outTradeNo: string, outRefundNo: string | undefined | null, amount: number, state?: string | undefined | null): boolean
  read(rows: BillRows): void
  /** The differences, as JSON. */
  finish(): string
}

/** Reads a bill from its bytes. */
export declare class BillReader {
  constructor()
  push(bytes: Body): void
  finish(): void
  /** The next rows that were read; `null` when there are none now. */
  rows(): BillRows | null
  totals(): BillRows | null
  get bytesRead(): number
}

/** Rows that were read together. The facade asks for the cells of a column when it needs the first of them. */
export declare class BillRows {
  private constructor()
  get count(): number
  /** Tells V8 how much memory the rows have, so that it frees them in time. */
  countMemory(): void
  /** The columns, as JSON: WeChat's name, ours, the kind, and where the number of a cell is. */
  columns(): string
  /** The cells of a column, one after the other. */
  text(place: number): Text
  /** Where each cell of a column ends in its text, in units of JavaScript; the first number is where the first cell begins. */
  ends(place: number): Uint32Array
  /** The numbers of the rows: fen, units of 0.00001 yuan, counts, and seconds since 1970. NaN where there is none. */
  numbers(): Float64Array
  /** The names and texts of the cells of a row as people read them. */
  shown(row: number): Array<Array<string>>
  /** The rows whose free texts have separators. */
  ambiguous(): Array<number>
}

/** A bill that is being downloaded. */
export declare class BillSource {
  private constructor()
  get bytesRead(): number
  /** Ends the download and its connection. */
  close(): void
  /** The totals, after the last row. */
  totals(): BillRows | null
}

/** The state of one instance of the facade: each thread of Node (`worker_threads`) has its own. */
export declare class Bridge {
  /** `wake` is called when there are messages; it calls `next` until that returns `null`. */
  constructor(wake: Wake)
  /** A client of these settings; see `client.rs`. `hooks` is the number under which the facade has its store and its listener. */
  open(settings: Pieces, hooks: number, hasStore: boolean, hasListener: boolean): Client
  /** Starts a call of the payment API under a number of the facade's: its name, for `call` its path, and its fields. */
  submit(number: number, client: Client, call: Pieces): void
  /** Starts another call under a number of the facade's. `body` is that of a notification. */
  ask(number: number, client: Client, call: NamedCall, body?: Body | undefined | null): void
  /** Ends a thing that was handed over (`done`), or gives it back. */
  finish(number: number, client: Client, handling: Handling, done: boolean): void
  /** What a payment by code shows before its first step. */
  progress(number: number, client: Client, payment: CodePayment): void
  /** The next step of a payment by code. With `hand_over` one that is paid is claimed. */
  step(number: number, client: Client, payment: CodePayment, handOver: boolean): void
  /** Asks an open bill for its next rows, or for the next piece of its text. */
  readBill(number: number, client: Client, bill: BillSource, text: boolean): void
  /** The bill of a call that is done. */
  bill(number: number): BillSource | null
  /** The rows of a call that is done. */
  rows(number: number): BillRows | null
  /** The piece of text of a call that is done. */
  bytes(number: number): Buffer | null
  /** The next message: its topic, its number in two units, and what belongs to it. `null` when the queue is empty. */
  next(): Text | null
  /**
  * The next result of a call about several things that is done, as a message of that call; `null` after the last one. Its thing to
  * hand over is taken before the next result.
  */
  each(number: number): Text | null
  /** The thing to hand over of a call that is done. */
  handling(number: number): Handling | null
  /** Ends a call under way: its connection is closed. Returns an error as JSON that says what is known of it. */
  abort(number: number): string | null
  /** The error of a call of [`Bridge::submit`] that is given up before it was started, as JSON. */
  notSubmitted(call: Pieces): string
  /** The error of a call of [`Bridge::ask`] that is given up before it was started, as JSON. */
  notAsked(call: NamedCall): string
  /** Answers a question to a store of the user's. */
  answer(question: number, returned: ReturnedKind, text?: string | undefined | null): void
  /** Whether attempts of clients without their own listener are reported too. */
  listen(all: boolean): void
}

/** The facade's part of a client. */
export declare class Client {
  private constructor()
  describe(): Description
  /** What the client or a part of it shows of itself. */
  shown(part: string): Array<ShownSetting>
  /** The values of what a page is handed, in core's order. */
  pageParams(kind: Page, prepayId: OneText, appid?: string | undefined | null, partnerid?: string | undefined | null): Text
  authorizeUrl(redirectUri: string, scope: string, state: string | undefined | null, forcePopup: boolean, componentAppid?: string | undefined | null): string
  wecomAuthorizeUrl(redirectUri: string, scope: string, state?: string | undefined | null): string
  /** User data of a mini program: a document. */
  decryptUserData(encryptedData: string, iv: string, sessionKey: string): Text
  /** A notification's raw body, and its headers as names and values, one after the other: a document. */
  parseNotification(body: Body, headers?: Array<string> | undefined | null): Text
  /** The raw body of a refund notification: a document. */
  parseRefundNotification(body: Body, headers?: Array<string> | undefined | null): Text
  /** The raw body of WeChat's question about a permanent code: a document. */
  parseNative(body: Body): Text
  nativeCodeUrl(productId: string): string
  nativeAnswer(prepayId: string): string
  nativeRefusal(text: string): string
  /** A payment by code; `fields` are those of micropay or of v3.codepay. */
  codePayment(fields: Pieces, times: CodeTimes): CodePayment
  /** A payment by code that is taken up again. */
  resumeCodePayment(order: CodeOrder, times: CodeTimes): CodePayment
  /** How well a notification that is not verified fits this client: the greater, the better. */
  fit(body: Body): number
}

/** A payment by code that is taken up again; the amount in digits of fen. */
export interface CodeOrder {
  outTradeNo: string
  totalFee: string
  subMchId?: string | undefined
}

/** A payment by code. The facade runs its steps as calls; `giveUp` may be called meanwhile. */
export declare class CodePayment {
  private constructor()
  /** The call that charges the code. */
  get endpoint(): string
  giveUp(): void
}

/** How a payment by code runs, in milliseconds. */
export interface CodeTimes {
  within?: number | undefined
  interval?: number | undefined
  reverseAfter?: number | undefined
  /** Whether an order whose result is not known in time is cancelled. */
  reverse: boolean
  /** `v2` or `v3`. */
  api?: string | undefined
}

/** The parts of a client that may be shown. */
export interface Description {
  appid: string
  mchId: string
}

/** A thing that this process has to hand over. Where it is dropped, it waits for the end of its lease. */
export declare class Handling {
  private constructor()
  /** `payment` or `refund`. */
  get kind(): string | null
  /** Whether it ended as the merchant wanted. */
  get isSuccess(): boolean
  get idempotencyKey(): string | null
  /** The payment or the refund, a document. */
  item(): Text | null
  /** Compares a payment with the amount that the merchant recorded, in digits; `None` when the merchant has no such order. */
  check(recorded?: string | undefined | null): void
}

/** Something that happened to an order in the emulator; `at` is in seconds since 1970. */
export interface Moment {
  at: number
  lane: 'request' | 'customer' | 'notification'
  what: string
  ok: boolean
  detail: string
}

/** A call and its arguments. Kinds are `payment`, `refund` and `transfer`, amounts are digits of fen, times are in milliseconds unless they say otherwise. */
export type NamedCall =
  | { call: 'Check' }
  | { call: 'Confirm'; kind: string; headers?: Array<string> | undefined }
  | { call: 'Begin'; takes: Array<Takes>; others: boolean; headers?: Array<string> | undefined }
  | { call: 'V3Notification'; headers: Array<string> }
  | { call: 'BeginPending'; kind: string; rows: Array<PendingRow>; failures: boolean }
  | { call: 'WaitForPayment'; outTradeNo: string; totalFee: string; within: number; handOver: boolean; subMchId?: string | undefined; combineOutTradeNo?: string | undefined }
  | { call: 'JssdkConfig'; url: string; debug: boolean; jsApiList: Array<string>; openTagList: Array<string> }
  | { call: 'JssdkAccessToken'; refused?: string | undefined }
  | { call: 'JssdkJsapiTicket' }
  | { call: 'V3Params'; page: string; prepayId: string; appid?: string | undefined; partnerid?: string | undefined }
  | { call: 'V3Call'; method: string; path: string; query: Array<TypedField>; json?: string | undefined; sensitive: Array<string> }
  | { call: 'V3Upload'; file?: string | undefined; filename?: string | undefined; path?: string | undefined; meta?: string | undefined }
  | { call: 'V3Download'; downloadUrl: string; hashType?: string | undefined; hashValue?: string | undefined; stream: boolean }
  | { call: 'WecomConfig'; url: string; debug: boolean; jsApiList: Array<string> }
  | { call: 'WecomAgentConfig'; url: string; jsApiList: Array<string> }
  | { call: 'WecomAccessToken'; refused?: string | undefined }
  | { call: 'WecomJsapiTicket' }
  | { call: 'WecomAgentTicket' }

/** The answer to a notification. */
export interface NotifyAnswer {
  status: number
  contentType: string
  body: string
}

/** Which page, app or mini program opens the cashier. */
export declare enum Page {
  Jsapi = 0,
  ChooseWXPay = 1,
  Miniprogram = 2,
  App = 3,
  Transfer = 4
}

/** A pending thing. `created` is in seconds since 1970. */
export interface PendingRow {
  number: string
  fee: string
  created: number
  subMchId?: string | undefined
  combineOutTradeNo?: string | undefined
}

/** The kind of value that a method returned, or that its promise resolved to. */
export declare enum ReturnedKind {
  /** `null` or `undefined`. */
  Nothing = 0,
  /** A string. */
  Text = 1,
  /** `true`. */
  True = 2,
  /** `false`. */
  False = 3,
  /** A value of another type, whose name is the text. */
  Other = 4,
  /** It failed; the text says why. */
  Failed = 5
}

/** What a part of a client shows: the names of settings, and of keys only whether they are set. */
export interface ShownSetting {
  name: string
  value: string
}

/** A kind that the caller of `notify.handle` takes, and whether it takes those that failed. */
export interface Takes {
  kind: string
  failures: boolean
}

/** The subject of a message. The number that follows it is a call's, a question's or that of a client's hooks. */
export declare enum Topic {
  /** A call is done, and has no value. */
  Nothing = 0,
  /** A call is done: a document. */
  Document = 1,
  /** A call is done: a text. */
  Text = 2,
  /** A call is done: JSON. */
  Json = 3,
  /** A bug in this addon ended a call: whether WeChat acted on it is unknown. */
  Lost = 4,
  /** A call failed: an error as JSON. */
  Failed = 5,
  /** A call is done: a thing to hand over. `Bridge.handling` has it. */
  Handling = 6,
  /** A call is done: an open bill. `Bridge.bill` has it. */
  Bill = 7,
  /** A call is done: rows of a bill. `Bridge.rows` has them. */
  Rows = 8,
  /** A call is done: a piece of the text of a bill. `Bridge.bytes` has it. */
  Bytes = 9,
  /** A call about several things is done. `Bridge.each` has the result of each. */
  Each = 10,
  /** As `Each`, for the parts of a combined order: its number as a text. */
  Parts = 11,
  /** A store of the user's is asked: a question as JSON. */
  Asked = 12,
  /** An attempt at a call is over: an event as JSON. */
  Attempted = 13,
  /** A client's hooks are not needed any more. */
  Forgotten = 14,
  /** A warning as JSON. */
  Warned = 15
}

/** A field, its value behind the letter of its type. */
export interface TypedField {
  name: string
  value: string
}

export declare function ack(ok: boolean, msg: string): string

/** The answer to a notification, in the form of its API. `body` is empty when it could not be read: then the headers tell which API it is. */
export declare function answerTo(body: Body, headers: Array<string>, ok: boolean, isRefused: boolean): NotifyAnswer

/** How many pending things are asked for in one call. */
export declare function atOnce(): number

/** Undoes the escapes in the merchant's texts. */
export declare function billUnescape(text: string): string

/** Names and values: a document. */
export declare function buildXml(fields: Pieces): Text

export declare function checkRawData(rawData: Body, signature: string, sessionKey: string): void

/** A text with an escape in place of each character that moves a cursor, colours a terminal or changes the direction of text. */
export declare function clean(text: string): string

/**
 * Runs the command `wxpaykit` on this process's own streams, for npm's bin: the command line, and folders where the emulator may be.
 * Gives the exit code.
 */
export declare function command(args: Array<string>, folders: Array<string>): number

/** The document in `req_info` of a refund notification. */
export declare function decryptReqInfo(reqInfo: string, apiKey: string): string

/** User data of a mini program: a document. */
export declare function decryptUserData(encryptedData: string, iv: string, sessionKey: string, appid: string): Text

/** A document as people read it, a line for each value: its class, its names and values by turns, and the paths of members to hide. */
export declare function display(name: string, wire: Array<string>, hidden?: Array<string> | undefined | null): string

/**
 * The key, APIv3 key and AppSecret, empty where they are not known, the names whose values are numbers with a comma behind each, then
 * names and values: why the signature differs, as JSON.
 */
export declare function explain(fields: Pieces): string

/** A body, then as `explain`. */
export declare function explainBody(body: Body, key: string, apiV3Key: string, appSecret: string): string

/** Why `wx.config` fails, as JSON. The ticket and the URL that was signed are empty where they are not known. */
export declare function explainJssdk(nonceStr: string, timestamp: string, signature: string, url: string, ticket: string, signedUrl: string): string

/** `fen` is an integer in digits. */
export declare function fenToYuan(fen: string): string

export declare function jssdkSignature(ticket: string, noncestr: string, timestamp: number, url: string): string

/** The most bytes of an upload. */
export declare function largestUpload(): number

/** The history of an order in the emulator, of JSON of its control API. */
export declare function moments(outTradeNo: string, order: string, refunds: string, journal: string): Array<Moment>

export declare function mwebRedirectUrl(mwebUrl: string, redirectUrl: string): string

export declare function newOutRefundNo(prefix: string): string

export declare function newOutTradeNo(prefix: string): string

/** A document: names and values. */
export declare function parseXml(body: Body): Text

/** A text of an error that the package throws by itself, in the language of the environment. */
export declare function phrase(text: string): string

/** A value as it may be shown; `redaction` is `plain`, `short` or `hidden`. */
export declare function redact(redaction: string, value: string): string

/** The key, then names and values. */
export declare function sign(fields: Pieces, hmac: boolean): Text

/** Names and values: the text that a signature is over. */
export declare function stringToSign(fields: Pieces): Text

/** The documents that the facade makes objects of, as JSON; see `tables.rs`. */
export declare function tables(): string

/** A time inside an object of a request. `unix` is in seconds since 1970. */
export declare function timeInJson(field: string, unix: number): string

/** Merchant number, serial number, method, URL, timestamp and nonce. */
export declare function v3Authorization(parts: Pieces, body: Body, privateKey: Body): Text

/** Serial numbers and certificates. */
export declare function v3Certificates(reply: Body, apiV3Key: string, now: number): Text

/** Algorithm, ciphertext, nonce, associated data, and the APIv3 key. */
export declare function v3Decrypt(parts: Pieces): Text

/** One file of an encrypted bill; its key and its nonce as they came. */
export declare function v3DecryptBill(file: Body, encryptKey: string, nonce: string, privateKey: Body): Buffer

export declare function v3DecryptSensitive(text: string, privateKey: Body): string

export declare function v3EncryptSensitive(text: string, publicKey: Body): string

/**
 * As JSON: why a signature is refused. Names and values of the texts that are known; headers; body; the names of the keys, and the keys;
 * the merchant's certificate, private key and public key, and the reply.
 */
export declare function v3Explain(texts: Pieces, headers: Pieces | undefined | null, body: Body, names: Pieces, keys: Array<Body> | undefined | null, own: Array<Body | undefined | null>): string

/** A new text for `nonce_str`. */
export declare function v3Nonce(): string

/** Seconds since 1970. */
export declare function v3Now(): number

/** Appid, timestamp, nonce and package. */
export declare function v3PaySign(parts: Pieces, privateKey: Body): Text

export declare function v3SerialNo(certificate: Body): string

export declare function v3Sign(message: Body, privateKey: Body): Text

/** Method, URL, timestamp and nonce. */
export declare function v3StringToSign(parts: Pieces, body: Body): Text

/** Names and values of headers; the names of the keys, and the keys. */
export declare function v3Verify(headers: Pieces, body: Body, names: Pieces, keys: Array<Body>, now: number): string

/** The key, then names and values: whether `sign` is right. */
export declare function verify(fields: Pieces): boolean

/** Whether it is a document, and its `sign` is right. */
export declare function verifyBody(body: Body, key: OneText): boolean

/** The secret, then names and values: the inner signature of WeCom's payments. */
export declare function workwxSign(fields: Pieces): string

/** Why no file can be saved at a path. */
export declare function wrongPlace(path: string, takesStream: boolean): string | null

export declare function yuanToFen(yuan: string): number
