// The H5 page: opens the cashier, then goes back to where the merchant wants the customer.
import { endingOf, pay, say } from "./cashier.js";

const { mwebUrl, redirect } = document.querySelector("main").dataset;
const state = document.querySelector("[data-testid=state]");
const again = document.querySelector("[data-testid=open]");

async function open() {
  again.hidden = true;
  state.textContent = say("正在打开微信支付…", "Opening WeChat Pay…");
  const result = await pay({ visit: { mweb_url: mwebUrl } });
  state.textContent = endingOf(result);
  again.hidden = result.err_msg.endsWith(":ok");
  // Whatever happened: the merchant finds out by itself.
  if (redirect) location.replace(redirect);
}

again.addEventListener("click", open);
open();
