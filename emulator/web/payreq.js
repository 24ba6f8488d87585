// WeChat's app, opened by another app with PayReq.
import { pay, say } from "./cashier.js";

const form = document.querySelector("form");
const state = document.querySelector("[data-testid=state]");

const CODES = { ok: 0, cancel: -2 };

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  state.textContent = "";
  let params;
  try {
    params = read(form.elements.params.value.trim());
  } catch (error) {
    state.textContent = `${say("参数不是 JSON", "The parameters are not JSON")}: ${error.message}`;
    return;
  }
  const result = await pay({ visit: { app_params: params } });
  const errCode = CODES[result.err_msg.split(":")[1]] ?? -1;
  state.textContent = JSON.stringify({ errCode, errStr: result.err_desc });
});

function read(text) {
  return text.startsWith("{") ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
}
