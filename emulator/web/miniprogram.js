// wx.requestPayment, as a mini program has it, for a page that stands for one.
(() => {
  "use strict";
  const ENDINGS = { ok: "requestPayment:ok", cancel: "requestPayment:fail cancel" };

  function requestPayment({ success, fail, complete, ...params }) {
    // Left out, signType is MD5.
    const asked = window.WeixinEmulator.call("getBrandWCPayRequest", { signType: "MD5", ...params });
    const settled = asked.then((result) => {
      const ending = result.err_msg.split(":")[1];
      const detail = result.err_desc || ending.replace(/^fail_?/, "") || "system error";
      return { errMsg: ENDINGS[ending] || `requestPayment:fail (${detail})` };
    });
    if (!success && !fail && !complete) {
      return settled.then((result) => (result.errMsg === ENDINGS.ok ? result : Promise.reject(result)));
    }
    settled.then((result) => {
      const told = result.errMsg === ENDINGS.ok ? success : fail;
      if (told) told(result);
      if (complete) complete(result);
    });
  }

  window.wx = Object.assign(window.wx || {}, { requestPayment });
})();
