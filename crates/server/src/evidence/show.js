"use strict";
// Shows what was checked. Only what the checks above have opened is shown.
const put = (parent, tag, text, kind) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (kind) element.className = kind;
  return parent.appendChild(element);
};
const table = (parent, pairs) => {
  const body = put(parent, "table");
  for (const [name, value] of pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined)) {
    const row = put(body, "tr");
    put(row, "th", name);
    put(row, "td", typeof value === "object" ? JSON.stringify(value, null, 1) : String(value));
  }
};
function show(result) {
  const at = (id) => document.getElementById(id);
  const states = Object.entries(result.steps).map(([name, ok]) => {
    at(`step-${name}`).className = ok === null ? "open" : ok ? "good" : "bad";
    return [name, ok];
  });
  const isBad = states.some(([, ok]) => ok === false), isOpen = result.steps.ledger === null;
  const [kind, text] = isBad
    ? ["bad", "不成立：内容与账本不符 / FAILED: this is not what the ledger holds"]
    : isOpen
      ? ["open", "部分核对：本浏览器不支持 Ed25519，签名未核对 / PARTLY CHECKED: this browser cannot verify Ed25519 signatures"]
      : ["good", "成立：内容与已签名的账本一致 / VERIFIED: this is what the signed ledger holds"];
  at("verdict").className = kind;
  at("verdict").textContent = text;
  document.title = `${kind} – ${document.title}`;
  if (isBad) return; // What failed is not shown as if it were so.
  const { origin, size, hash } = result.checkpoint;
  table(at("checkpoint"), [["账本 ledger", origin], ["记录数 entries", size], ["根 root", hash]]
    .concat((result.ledger ?? []).map(({ key }) => ["签名公钥 signed by", key]))
    .concat((result.witnesses ?? []).map(({ key, time }) => ["见证 witness", `${time}\n${key}`])));
  for (const { table: name, fields } of result.rows) {
    put(at("rows"), "h3", name);
    table(at("rows"), fields);
  }
  for (const { index, at: when, actor, action, reason, event, id } of result.entries) {
    put(at("entries"), "h3", `${when}  ${action}`);
    const destroyed = event === null ? "已随客人资料销毁 destroyed with the guest's data" : "";
    table(at("entries"), [["操作人 who", actor], ["原因 why", reason], ["内容 what", event ?? destroyed], ["序号 place", index], ["编号 id", id]]);
  }
}
const fail = () => {
  document.getElementById("verdict").className = "bad";
  document.getElementById("verdict").textContent = "不成立：文件已损坏 / FAILED: the file is broken";
};
try {
  check(JSON.parse(document.getElementById("data").textContent)).then(show).catch(fail);
} catch (error) {
  fail();
}
