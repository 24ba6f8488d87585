// The customer's WeChat, scanning what stands in the field.
import { ask, endingOf, explain, pay, told } from "./cashier.js";

const form = document.querySelector("form");
const state = document.querySelector("[data-testid=state]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  state.textContent = "";
  const scanned = await ask("scan", { code_url: form.elements.code_url.value });
  if (!scanned.visit) {
    explain(scanned);
    state.textContent = scanned.result.err_desc;
    await told(scanned.result.err_desc);
    return;
  }
  state.textContent = endingOf(await pay({ visit: scanned.visit }));
});
