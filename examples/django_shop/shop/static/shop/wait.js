// The customer pays elsewhere: on the phone that scanned, or in the WeChat app. The page polls the shop until then.

const { status } = JSON.parse(document.getElementById("order").textContent);
const MINUTES = 10;

document.getElementById("ask").onclick = paid;

const timer = setInterval(paid, 2000);
setTimeout(() => clearInterval(timer), MINUTES * 60_000);

async function paid() {
  const answer = await fetch(status);
  if (!answer.ok || !(await answer.json()).paid) return;
  clearInterval(timer);
  document.getElementById("state").textContent = "已支付";
}
