// Inside the hidden frame: hears the merchant's page, asks the server, shows the cashier.
import { ask, pay } from "./cashier.js";

let cashier = Promise.resolve();
let shown = () => {};

window.addEventListener("message", (event) => {
  if (event.source !== window.parent || event.data !== "wechat:page" || event.ports.length !== 1) return;
  const [port] = event.ports;
  port.onmessage = async ({ data }) => {
    if ("shown" in data) return shown();
    const { id, name, args, url } = data;
    // The browser says whose page it is; only the rest of the address is the page's word.
    const page = URL.canParse(url) && new URL(url).origin === event.origin ? url : `${event.origin}/`;
    port.postMessage({ id, result: await answer(port, name, args, page) });
  };
});

// Which pages may hold this frame, the server has told the browser.
if (window.parent !== window) window.parent.postMessage("wechat:ready", "*");

async function answer(port, name, args, url) {
  if (name !== "getBrandWCPayRequest") {
    const { explanation, ...result } = await ask("invoke", { name, args, url });
    if (explanation) console.warn(`[wxpaykit-emulator] ${result.err_msg}: ${explanation.detail}`);
    return result;
  }
  // One customer, one cashier.
  const visit = { visit: { params: args }, url };
  const visited = cashier.then(() => pay(visit, (open) => show(port, open)));
  cashier = visited.catch(() => {});
  return visited;
}

/** Resolves when the frame is to be seen, or is not: what is hidden takes no focus. */
function show(port, open) {
  return new Promise((resolve) => {
    shown = resolve;
    port.postMessage({ show: open });
  });
}
