// The way from a merchant's page into the emulator: a hidden frame of the emulator's own origin and a port into it.
// The frame is shown while the cashier is open.
window.WeixinEmulator ??= (() => {
  "use strict";

  const script = document.currentScript && document.currentScript.src;
  if (!script) throw new Error("load the emulator's script by <script src>: its address says where the emulator is");
  const origin = new URL(script).origin;

  const frame = document.createElement("iframe");
  frame.title = "微信";
  frame.src = `${origin}/_wechat/frame`;
  frame.dataset.testid = "wechat";
  // By properties, which a merchant's own style-src has no say in.
  Object.assign(frame.style, {
    position: "fixed",
    inset: "0",
    width: "100%",
    height: "100%",
    border: "0",
    margin: "0",
    zIndex: "2147483647",
    background: "transparent",
    colorScheme: "light",
    display: "none",
  });

  const waiting = [];
  const calls = new Map();
  let port = null;
  let last = 0;
  let focused = null;

  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin || event.data !== "wechat:ready") return;
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = heard;
    frame.contentWindow.postMessage("wechat:page", origin, [channel.port2]);
    for (const message of waiting.splice(0)) port.postMessage(message);
  });

  function heard({ data }) {
    if ("show" in data) show(data.show);
    else if (calls.has(data.id)) {
      calls.get(data.id)(data.result);
      calls.delete(data.id);
    }
  }

  function show(open) {
    if (open) focused = document.activeElement;
    frame.style.display = open ? "block" : "none";
    if (open) frame.focus();
    else if (focused && focused.focus) focused.focus();
    port.postMessage({ shown: open });
  }

  function mount() {
    if (!frame.isConnected) document.body.append(frame);
  }
  if (document.body) mount();
  else document.addEventListener("DOMContentLoaded", mount);

  setTimeout(() => {
    if (port) return;
    const english = `the iframe of ${origin} did not load: is the emulator running, and does this page's CSP allow it (frame-src)?`;
    const chinese = `${origin} 的 iframe 没有加载：模拟器在运行吗？本页面 CSP 的 frame-src 允许它吗？`;
    console.error(`[wxpaykit-emulator] ${navigator.language.startsWith("zh") ? chinese : english}`);
  }, 5000);

  return {
    origin,
    /** Resolves to what WeChat answers. */
    call(name, args) {
      // Through JSON, as WeChat's own bridge passes it on: functions and undefined values are gone.
      const message = { id: ++last, name, args: JSON.parse(JSON.stringify(args || {})), url: location.href.split("#")[0] };
      return new Promise((resolve) => {
        calls.set(message.id, resolve);
        if (port) port.postMessage(message);
        else waiting.push(message);
      });
    },
  };
})();
