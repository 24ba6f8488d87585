// The customer's WeChat, scanning what stands in the field.
import { ask, pay, told } from "./cashier.js";

const form = document.querySelector("form");
const state = document.querySelector("[data-testid=state]");

const ENDINGS = { ok: "支付成功", cancel: "已取消支付" };

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  state.textContent = "";
  const scanned = await ask("scan", { code_url: form.elements.code_url.value });
  if (!scanned.visit) {
    if (scanned.why) console.warn(`[wxpaykit-emulator] ${scanned.why}`);
    state.textContent = scanned.result.err_desc;
    await told(scanned.result.err_desc);
    return;
  }
  const result = await pay({ visit: scanned.visit });
  state.textContent = ENDINGS[result.err_msg.split(":")[1]] || result.err_desc || "支付失败";
});
