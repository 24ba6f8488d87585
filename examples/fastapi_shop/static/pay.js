// Opens WeChat's cashier, by WeixinJSBridge or by the JS-SDK. The cashier's result is not proof of payment: the page asks
// the shop, and the shop asks WeChat.

const order = JSON.parse(document.getElementById("order").textContent);
const say = (text) => (document.getElementById("state").textContent = text);

document.getElementById("bridge").onclick = () => {
  if (!window.WeixinJSBridge) return say("请在微信中打开");
  WeixinJSBridge.invoke("getBrandWCPayRequest", order.jsapi, ({ err_msg, err_desc }) => {
    if (err_msg === "get_brand_wcpay_request:ok") settled();
    else say(err_msg === "get_brand_wcpay_request:cancel" ? "已取消" : `支付失败 ${err_desc ?? err_msg}`);
  });
};

document.getElementById("jssdk").onclick = () => {
  if (!window.wx) return say("JS-SDK 未加载");
  if (!window.WeixinJSBridge) return say("请在微信中打开");
  wx.ready(() => {
    wx.chooseWXPay({
      ...order.chooseWXPay,
      success: () => settled(),
      cancel: () => say("已取消"),
      fail: ({ errMsg }) => say(`支付失败 ${errMsg}`),
    });
  });
};

if (window.wx) {
  wx.config(order.config);
  wx.error(({ errMsg }) => say(errMsg));
}

async function settled() {
  say("确认中");
  for (let tries = 0; tries < 20; tries++) {
    const answer = await fetch(order.status);
    if (answer.ok && (await answer.json()).paid) return say("已支付");
    await new Promise((wake) => setTimeout(wake, 1000));
  }
  say("尚未到账，请稍后刷新");
}
