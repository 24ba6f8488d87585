// window.WeixinJSBridge, as WeChat's own browser has it.
(() => {
  "use strict";
  if (window.WeixinJSBridge) return;

  // Nothing of the JS-SDK fires in another browser than WeChat's.
  if (!/MicroMessenger/i.test(navigator.userAgent)) {
    const agent = `${navigator.userAgent} MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN`;
    Object.defineProperty(navigator, "userAgent", { get: () => agent, configurable: true });
  }

  window.WeixinJSBridge = {
    invoke(name, args, callback) {
      if (typeof args === "function") [args, callback] = [{}, args];
      window.WeixinEmulator.call(name, args).then((result) => callback && callback(result));
    },
    call(name, args, callback) {
      this.invoke(name, args, callback);
    },
    // There is no menu here, so no event ever comes.
    on() {},
    log() {},
  };

  const ready = () => document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => setTimeout(ready));
  else setTimeout(ready);
})();
