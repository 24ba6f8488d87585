// The H5 page: opens the cashier, then goes back to where the merchant wants the customer.
import { pay } from "./cashier.js";

const { mwebUrl, redirect } = document.querySelector("main").dataset;
const state = document.querySelector("[data-testid=state]");
const again = document.querySelector("[data-testid=open]");

const ENDINGS = { ok: "支付成功", cancel: "已取消支付" };

async function open() {
  again.hidden = true;
  state.textContent = "正在打开微信支付…";
  const result = await pay({ visit: { mweb_url: mwebUrl } });
  const ending = result.err_msg.split(":")[1];
  state.textContent = ENDINGS[ending] || result.err_desc || "支付失败";
  again.hidden = ending === "ok";
  // Whatever happened: the merchant finds out by itself.
  if (redirect) location.replace(redirect);
}

again.addEventListener("click", open);
open();
