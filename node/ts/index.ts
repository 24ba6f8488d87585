/**
 * WeChat Pay (微信支付 APIv2 and APIv3) for Node, on a Rust core.
 *
 * @packageDocumentation
 */

export { WxPay, type AppParams, type ChooseWXPayParams, type JsapiParams, type MiniprogramParams } from './client.js'
export type { Notify } from './notify.js'
export type {
  AgentConfig,
  AgentConfigOptions,
  AuthorizeOptions,
  Jssdk,
  JssdkConfig,
  JssdkConfigOptions,
  OAuth,
  Wecom,
  WecomAuthorizeOptions,
  WecomConfigOptions,
} from './platform.js'
export type { UploadFile } from './upload.js'
export type { V3, V3AppParams, V3CallOptions, V3ChooseWXPayParams, V3DownloadOptions, V3JsapiParams, V3MiniprogramParams, V3TransferParams, V3UploadOptions } from './apiv3.js'
export type { DownloadTarget } from './files.js'
export {
  Bill,
  BillRow,
  compare,
  readBill,
  unescapeBill,
  type BillCells,
  type BillTotals,
  type Difference,
  type MyOrder,
  type MyRefund,
  type SaveOptions,
} from './bill.js'
export type { CheckReport, Finding } from './check.js'
export type { CodeNotPaid, CodePaid, CodeProgress, CodeResult, PayByCodeOptions } from './codes.js'
export { dispatch } from './dispatch.js'
export {
  BusinessError,
  ConfigError,
  InvalidRequest,
  OAuthError,
  PaymentMismatch,
  ProtocolError,
  SignatureError,
  StoreError,
  TransportError,
  WxPayError,
  type Outcome,
  type Retry,
  type WxPayErrorInit,
} from './errors.js'
export {
  ack,
  buildXml,
  checkRawData,
  decryptReqInfo,
  decryptUserData,
  explain,
  explainJssdk,
  fenToYuan,
  jssdkSignature,
  mwebRedirectUrl,
  newOutRefundNo,
  newOutTradeNo,
  parseXml,
  sign,
  stringToSign,
  verify,
  workwxSign,
  yuanToFen,
  type ExplainJssdkOptions,
  type OtherKeys,
  type Pairs,
  type Params,
  type SignType,
} from './functions.js'
export { Explanation } from './explanation.js'
export type { MessageHeaders, NotificationOptions } from './headers.js'
export * from './generated/documents.js'
export type { WxPayOptions } from './generated/settings.js'
export type { CallEvent, Store, Warning } from './hooks.js'
export type {
  Handled,
  HandleOptions,
  HandOver,
  NotificationHandling,
  OnOther,
  OnPaid,
  OnRefund,
  OnTransfer,
  PendingOrder,
  PendingRefund,
  PendingTransfer,
  Reconciled,
  ReconciledRefund,
  ReconciledTransfer,
  RefundHandOver,
  RefundOptions,
  TransferHandOver,
  TransferOptions,
} from './outcomes.js'
export { Reply, type Json, type JsonObject } from './reply.js'
export type { Bytes } from './arguments.js'
export * as v3 from './v3.js'
export type { Given } from './pieces.js'
