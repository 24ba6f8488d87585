// The cashier: a sheet over whatever page opens it.

const chinese = document.documentElement.lang.startsWith("zh");

/** A text in the language of the page. */
export const say = (zh, en) => (chinese ? zh : en);

/** How a visit ended, for the customer. */
export function endingOf({ err_msg: message, err_desc: description }) {
  const known = { ok: say("支付成功", "Paid"), cancel: say("已取消支付", "Cancelled") };
  return known[message.split(":")[1]] || description || say("支付失败", "The payment failed");
}

/** POSTs JSON to the emulator; what went wrong there becomes an answer too. */
export async function ask(what, body) {
  try {
    const answer = await fetch(`/_wechat/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const value = await answer.json();
    return value.error ? failed(say(value.error_zh || value.error, value.error)) : value;
  } catch (error) {
    return failed(String(error));
  }
}

/** Tells the developer, in the browser's console, why something was refused. */
export function explain({ why, why_zh: chinese }, before = "") {
  if (why) console.warn(`[wxpaykit-emulator] ${before}${say(chinese || why, why)}`);
}

function failed(text) {
  console.error(`[wxpaykit-emulator] ${text}`);
  return { err_msg: "system:fail", result: { err_msg: "get_brand_wcpay_request:fail", err_code: -1, err_desc: text } };
}

/**
 * Opens the cashier for `{visit, url}` and resolves to what the page is told. `show` is waited
 * for when something is to be seen, and when no longer.
 */
export async function pay(visit, show = () => {}) {
  const opened = await ask("open", visit);
  if (!opened.sheet) return refused(opened, show);
  await show(true);
  const ending = await attended(opened.sheet);
  const ended = await ask("finish", { ...visit, visit: { ...visit.visit, ...ending } });
  if (ended.result.err_msg.endsWith(":ok")) await thanked(opened.sheet);
  else if (ending.result !== "cancel") await told(ended.result.err_desc || say("支付失败", "The payment failed"));
  await show(false);
  explain(ended);
  return ended.result;
}

/** WeChat says a refusal to the customer, before the page hears it; but not that wx.config has not consented. */
async function refused(answer, show) {
  const { result } = answer;
  explain(answer, `${result.err_desc || result.err_msg}: `);
  if (result.err_desc) {
    await show(true);
    await told(result.err_desc);
    await show(false);
  }
  return result;
}

/** Says one thing that has to be confirmed. */
export function told(text) {
  const ok = element("button", { type: "button", "data-testid": "ok" }, say("确定", "OK"));
  const words = element("p", { id: "told", "data-testid": "refusal" }, text);
  const dialog = element("dialog", { class: "told", role: "alertdialog", "aria-labelledby": "told" }, words, ok);
  return new Promise((resolve) => {
    ok.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
    opened(dialog, ok);
  });
}

// With their bank_type.
const CARDS = [
  [say("零钱", "Balance"), "OTHERS"],
  [say("招商银行 储蓄卡 (0001)", "China Merchants Bank, debit card (0001)"), "CMB_DEBIT"],
  [say("工商银行 信用卡 (0002)", "ICBC, credit card (0002)"), "ICBC_CREDIT"],
];
// WeChat tells the page in Chinese.
const REASONS = [
  [say("余额不足", "balance too low"), "余额不足"],
  [say("超过银行卡支付限额", "over the limit of the card"), "超过银行卡支付限额"],
  [say("银行系统繁忙，请稍后再试", "the bank is busy"), "银行系统繁忙，请稍后再试"],
  [say("交易存在风险，已拦截", "stopped for its risk"), "交易存在风险，已拦截"],
];

/** Shows the sheet until the customer has decided. */
function attended(sheet) {
  const cancel = element("button", { type: "button", class: "close", "data-testid": "cancel", "aria-label": say("取消支付", "Cancel the payment") }, "×");
  const password = element("input", {
    id: "password",
    type: "password",
    inputmode: "numeric",
    maxlength: "6",
    pattern: "[0-9]{6}",
    required: "",
    autocomplete: "one-time-code",
    "aria-describedby": "hint",
    "data-testid": "password",
  });
  const accept = element("button", { type: "submit", class: "pay", "data-testid": "pay" }, say("支付", "Pay"));
  accept.disabled = true;
  const card = element("select", { id: "card", "data-testid": "card" }, ...options(CARDS));
  const reason = element("select", { id: "reason", "data-testid": "fail-reason" }, ...options(REASONS));
  const fail = element("button", { type: "button", "data-testid": "fail" }, say("让它失败", "Fail"));
  const form = element(
    "form",
    { autocomplete: "off" },
    element("label", { for: "password" }, say("支付密码", "Payment password")),
    password,
    element("p", { id: "hint", class: "hint" }, say("模拟器：任意六位数字都能支付，不会真的扣款", "Emulator: any six digits pay, and no money moves")),
    accept,
  );
  const dialog = element(
    "dialog",
    { class: "sheet", "aria-labelledby": "title", "data-testid": "cashier" },
    element("header", {}, cancel, element("h1", { id: "title" }, say("微信支付", "WeChat Pay"))),
    element("p", { class: "merchant", "data-testid": "merchant" }, sheet.merchant),
    element("p", { class: "amount", "data-testid": "amount" }, money(sheet)),
    facts([
      [say("商品", "Goods"), sheet.body, "body"],
      [say("付款人", "Payer"), sheet.payer, "payer"],
    ]),
    element("p", { class: "row" }, element("label", { for: "card" }, say("付款方式", "Pay with")), card),
    form,
    element("p", { class: "row lab" }, element("label", { for: "reason" }, say("试一次失败", "Try a failure")), reason, fail),
  );

  return new Promise((resolve) => {
    const end = (ending) => {
      dialog.close();
      dialog.remove();
      resolve(ending);
    };
    password.addEventListener("input", () => {
      password.value = password.value.replace(/[^0-9]/g, "");
      accept.disabled = password.value.length !== 6;
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (password.value.length === 6) end({ result: "ok", bank_type: card.value });
    });
    cancel.addEventListener("click", () => end({ result: "cancel" }));
    fail.addEventListener("click", () => end({ result: "fail", reason: reason.value }));
    // Escape.
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      end({ result: "cancel" });
    });
    opened(dialog, password);
  });
}

/** The moment in which WeChat says that it was paid. */
async function thanked(sheet) {
  const text = element("p", { role: "status", "data-testid": "paid" }, say("支付成功", "Paid"));
  const dialog = element(
    "dialog",
    { class: "sheet thanks", "aria-label": say("支付成功", "Paid") },
    element("p", { class: "tick", "aria-hidden": "true" }, "✓"),
    text,
    element("p", { class: "amount" }, money(sheet)),
    element("p", { class: "merchant" }, sheet.merchant),
  );
  opened(dialog, null);
  await new Promise((wake) => setTimeout(wake, 600));
  dialog.remove();
}

/** Modal, with the Tab key kept inside: from a frame it would lead out into the merchant's page. */
function opened(dialog, first) {
  document.body.append(dialog);
  dialog.showModal();
  if (first) first.focus();
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = [...dialog.querySelectorAll("button:enabled, input, select")];
    const [start, end] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (document.activeElement === start && end) {
      event.preventDefault();
      end.focus();
    }
  });
}

function money({ total_fee: fen, fee_type: currency }) {
  const yuan = `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
  return currency === "CNY" ? `¥${yuan}` : `${currency} ${yuan}`;
}

function facts(rows) {
  const list = element("dl", {});
  for (const [name, value, testid] of rows) {
    list.append(element("dt", {}, name), element("dd", { "data-testid": testid }, value));
  }
  return list;
}

function options(choices) {
  return choices.map(([text, value]) => element("option", { value }, text));
}

/** Text stays text, whatever an order is called. */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
