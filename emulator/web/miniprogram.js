// wx.login, wx.getUserInfo and wx.requestPayment, as a mini program has them, for a page that stands for one. The page loads this script
// with `data-appid` of the mini program; without it, the emulator's first appid is the mini program's.
(() => {
  "use strict";
  const ENDINGS = { ok: "requestPayment:ok", cancel: "requestPayment:fail cancel" };
  const appid = document.currentScript && document.currentScript.dataset.appid;

  /** Calls the functions of a mini program's options, or returns a promise without them. */
  function settle(settled, ok, { success, fail, complete }) {
    if (!success && !fail && !complete) {
      return settled.then((result) => (result.errMsg === ok ? result : Promise.reject(result)));
    }
    settled.then((result) => {
      const told = result.errMsg === ok ? success : fail;
      if (told) told(result);
      if (complete) complete(result);
    });
  }

  function requestPayment({ success, fail, complete, ...params }) {
    // Left out, signType is MD5.
    const asked = window.WeixinEmulator.call("getBrandWCPayRequest", { signType: "MD5", ...params });
    const settled = asked.then((result) => {
      const ending = result.err_msg.split(":")[1];
      const detail = result.err_desc || ending.replace(/^fail_?/, "") || "system error";
      return { errMsg: ENDINGS[ending] || `requestPayment:fail (${detail})` };
    });
    return settle(settled, ENDINGS.ok, { success, fail, complete });
  }

  /** A call that gives data to the page. */
  function call(name) {
    return (options = {}) => {
      const asked = window.WeixinEmulator.call(name, appid ? { appid } : {});
      const settled = asked.then(({ err_msg, ...data }) => ({ errMsg: err_msg, ...data }));
      return settle(settled, `${name}:ok`, options);
    };
  }

  window.wx = Object.assign(window.wx || {}, {
    login: call("login"),
    getUserInfo: call("getUserInfo"),
    // Of a real mini program this is the event of a button.
    getPhoneNumber: call("getPhoneNumber"),
    requestPayment,
  });
})();
