"use strict";
const words = {
  "zh-CN": { title: "合符 API", filter: "筛选接口", none: "没有匹配的接口。", machine: "供程序读取的描述：", path: "路径参数", query: "查询参数", header: "请求头", body: "请求内容", answer: "返回内容", example: "示例", statuses: "状态码", must: "必填", nullable: "可为空", list: "列表：", fields: "对象", copy: "复制", copied: "已复制", first: "可在演示集团上直接执行（需 jq），前几步用于准备所需的记录。", alone: "可在演示集团上直接执行。", failed: "无法读取 openapi.json。", or: "或", any: "任意", depends: "下列之一" },
  en: { title: "Hefu API", filter: "Filter operations", none: "No operation matches.", machine: "Machine-readable:", path: "Path parameters", query: "Query parameters", header: "Headers", body: "Request body", answer: "Response", example: "Example", statuses: "Status codes", must: "required", nullable: "or null", list: "list of", fields: "object", copy: "Copy", copied: "Copied", first: "Runs as it is on the demonstration chain (needs jq). The first calls create the records it uses.", alone: "Runs as it is on the demonstration chain.", failed: "Cannot load openapi.json.", or: "or", any: "any", depends: "one of" },
};
let lang = localStorage.getItem("hefu.lang") ?? (/^zh/i.test(navigator.language) ? "zh-CN" : "en");
if (new URLSearchParams(location.search).has("lang")) lang = new URLSearchParams(location.search).get("lang");
if (!words[lang]) lang = "en";
let api, today, byId;
const $ = (id) => document.getElementById(id);
const t = (key) => words[lang][key];

/** An element: its tag with classes, and what stands in it. */
function el(name, ...content) {
  const [tag, ...classes] = name.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  made.append(...content.filter((part) => part !== undefined && part !== null));
  return made;
}
/** Text with `code` in it. */
function prose(text) {
  return (text ?? "").split("`").map((part, index) => (index % 2 ? el("code", part) : part));
}
const resolved = (value) => (value?.$ref ? value.$ref.slice(2).split("/").reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], api) : value);

/** Fields of a schema, those of its parts included; undefined where it has none. */
function fieldsOf(schema) {
  schema = resolved(schema) ?? {};
  if (schema.type === "array" || schema.items) return fieldsOf(schema.items);
  const parts = [schema, ...(schema.allOf ?? []).map(resolved)].filter((part) => part?.properties);
  if (parts.length) return parts.flatMap((part) => Object.entries(part.properties).map(([name, field]) => ({ name, field, must: part.required?.includes(name) })));
  const choice = choices(schema);
  return choice.length === 1 ? fieldsOf(choice[0]) : undefined;
}
const isNull = (schema) => schema.type === "null";
const choices = (schema) => (schema.oneOf ?? schema.anyOf ?? []).filter((one) => !isNull(one));

function typeOf(schema) {
  const whole = resolved(schema) ?? {};
  const nullable = (Array.isArray(whole.type) && whole.type.includes("null")) || (whole.oneOf ?? whole.anyOf ?? []).some(isNull);
  const type = Array.isArray(whole.type) ? whole.type.find((one) => one !== "null") : whole.type;
  let text;
  if (type === "array") text = `${t("list")} ${typeOf(whole.items)}`;
  else if (whole.enum) text = whole.enum.join(" · ");
  else if (whole.const !== undefined) text = String(whole.const);
  else if (choices(whole).length === 1) text = typeOf(choices(whole)[0]);
  else if (choices(whole).length) text = t("depends");
  else text = { date: "date", uuid: "id", "date-time": "date-time" }[whole.format] ?? (type === "object" || whole.allOf ? t("fields") : (type ?? t("any")));
  return nullable ? `${text}, ${t("nullable")}` : text;
}

function row(name, schema, must, text, depth) {
  const left = el("div", el("code", name), " ", must ? el("span.must", t("must")) : "", el("div.type", typeOf(schema)));
  const right = el("div.text", ...prose(text ?? schema.description ?? resolved(schema)?.description));
  const inner = inside(schema, depth);
  if (inner) right.append(inner);
  return el("div.row", left, right);
}

/** What lies within a field, opened on demand. */
function inside(schema, depth) {
  if (depth > 6) return undefined;
  const whole = resolved(schema) ?? {};
  const target = whole.type === "array" ? resolved(whole.items) : whole;
  const several = choices(target);
  const fields = fieldsOf(target);
  if (!fields?.length && several.length < 2) return undefined;
  const more = el("details.more", el("summary", fields?.length ? fields.map(({ name }) => name).slice(0, 3).join(", ") + (fields.length > 3 ? " …" : "") : t("depends")));
  more.addEventListener("toggle", () => {
    if (more.childElementCount > 1) return;
    more.append(fields?.length ? rows(fields, depth + 1) : el("div.rows", ...several.flatMap((one) => (fieldsOf(one) ?? []).map(({ name, field, must }) => row(name, field, must, undefined, depth + 1)))));
  });
  return more;
}
const rows = (fields, depth) => el("div.rows", ...fields.map(({ name, field, must }) => row(name, field, must, undefined, depth)));

/** A whole schema, as rows of its fields. */
function shape(schema) {
  const fields = fieldsOf(schema);
  const type = typeOf(schema);
  const list = (resolved(schema) ?? {}).type === "array";
  if (fields) return el("div", list ? el("p.note", type) : "", rows(fields, 0));
  const several = choices(resolved(schema) ?? {});
  if (several.length) return el("div.rows", ...several.map((one) => row(typeOf(one), one, false, undefined, 0)));
  return el("p.note", type);
}

/** A date so many days after the business date. */
function day(offset) {
  const date = new Date(`${today}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + Number(offset || 0));
  return date.toISOString().slice(0, 10);
}
const unique = String(Math.floor(1e7 + Math.random() * 9e7));
/** Names in braces: dates and digits are filled in; what earlier calls took becomes a shell variable. */
const filled = (text, variable) => text.replace(/\{(\w+)([+-]\d+)?\}/g, (_, name, offset) => (name === "today" ? day(offset) : name === "unique" ? unique : variable(name)));

/** A call as a command for the shell. */
function curl({ method, path, call }) {
  const has = (text) => /\$\{/.test(text);
  let target = path.replace(/\{(\w+)\}/g, (_, name) => filled(call.path[name], (taken) => `\${${taken}}`));
  const query = Object.entries(call.query ?? {}).map(([name, value]) => `${name}=${encodeURIComponent(filled(value, (taken) => taken))}`);
  if (query.length) target += `?${query.join("&")}`;
  const url = `${location.origin}${target}`;
  const quote = has(target) || query.length ? `"${url}"` : url;
  const lines = [`curl -s ${method === "GET" ? "" : `-X ${method} `}${quote}`];
  if (call.body !== undefined) {
    const json = filled(JSON.stringify(call.body, null, 2), (taken) => `'"\${${taken}}"'`);
    lines.push(`  -H 'Content-Type: application/json'`, `  -d '${json}'`);
  }
  const taken = Object.entries(call.take ?? {});
  const text = lines.join(" \\\n");
  return { text, taken };
}
const jq = (pointer) => pointer.split("/").slice(1).map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`)).join("").replace(/^\[/, ".[");

function script(operation) {
  const example = operation.operation["x-hefu"].example;
  const steps = api.info["x-hefu"].steps;
  const before = (example.after ?? []).map((name) => {
    const call = steps[name] ?? byId[name].operation["x-hefu"].example;
    return { ...byId[call.operation ?? name], call };
  });
  const parts = before.map((one) => {
    const { text, taken } = curl(one);
    const [name, pointer] = taken[0] ?? [];
    return `# ${summary(one.operation)}\n` + (name ? `${name}=$(${text} | jq -r '${jq(pointer)}')` : `${text} >/dev/null`);
  });
  const own = curl({ ...operation, call: example }).text;
  return { text: [...parts, parts.length ? `# ${summary(operation.operation)}\n${own}` : own].join("\n\n"), before };
}

const chinese = (operation) => operation["x-hefu"]?.["zh-CN"] ?? {};
const summary = (operation) => (lang === "en" ? operation.summary : chinese(operation).summary) ?? operation.operationId;

function describe(one) {
  const { method, path, operation } = one;
  const ours = operation["x-hefu"] ?? {};
  const box = el("div.body");
  const text = lang === "en" ? operation.description : chinese(operation).description;
  if (text) box.append(el("p", ...prose(text)));
  for (const place of ["path", "query", "header"]) {
    const found = (operation.parameters ?? []).map(resolved).filter((parameter) => parameter.in === place);
    if (found.length) box.append(el("h4", t(place)), el("div.rows", ...found.map(({ name, schema, required, description }) => row(name, schema, required && place !== "path", description, 0))));
  }
  const sent = operation.requestBody?.content?.["application/json"]?.schema;
  if (sent && (fieldsOf(sent)?.length || choices(resolved(sent)).length)) box.append(el("h4", t("body")), shape(sent));
  const { text: commands, before } = script(one);
  const needs = lang === "en" ? ours.before : chinese(operation).before;
  const pre = el("pre", commands);
  pre.tabIndex = 0;
  const copy = el("button.copy", t("copy"));
  copy.type = "button";
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(commands);
    copy.textContent = t("copied");
    setTimeout(() => (copy.textContent = t("copy")), 1500);
  });
  box.append(el("h4", t("example")), el("p.note", ...prose(needs ? `${needs} ` : ""), t(before.length ? "first" : "alone")), el("div.code", pre, copy));
  const good = Object.entries(operation.responses).find(([status]) => /^2/.test(status));
  const schema = resolved(good?.[1])?.content?.["application/json"]?.schema;
  if (schema) box.append(el("h4", t("answer")), shape(schema));
  const statuses = Object.entries(operation.responses).flatMap(([status, response]) => [el("code", status), el("span", ...prose(resolved(response).description))]);
  const more = el("details.more", el("summary", t("statuses")), el("div.statuses", ...statuses));
  box.append(more);
  return box;
}

function draw() {
  document.documentElement.lang = lang;
  document.title = t("title");
  document.querySelectorAll("[data-t]").forEach((node) => (node.textContent = t(node.dataset.t)));
  document.querySelectorAll("[data-lang]").forEach((node) => node.setAttribute("aria-pressed", String(node.dataset.lang === lang)));
  $("filter").placeholder = t("filter");
  const opened = new Set([...document.querySelectorAll(".op[open]")].map((node) => node.id));
  $("about").replaceChildren(...prose(lang === "en" ? api.info.description : api.info["x-hefu"]["zh-CN"].description));
  const groups = $("groups"), all = $("all");
  groups.replaceChildren();
  all.replaceChildren();
  for (const tag of api.tags) {
    const ours = tag["x-hefu"];
    const name = lang === "en" ? ours.name : ours["zh-CN"].name;
    const members = Object.values(byId).filter(({ operation }) => operation.tags[0] === tag.name);
    members.sort((a, b) => a.operation["x-hefu"].order - b.operation["x-hefu"].order);
    const section = el("section", el("h2", name), el("p", ...prose(lang === "en" ? tag.description : ours["zh-CN"].description)));
    section.id = `group-${tag.name.replaceAll(" ", "-")}`;
    for (const one of members) {
      const where = el("code.where", one.path);
      where.dataset.verb = one.method;
      const item = el("details.op", el("summary", el("span.verb", one.method), el("h3", summary(one.operation)), where));
      item.id = one.operation.operationId;
      item.dataset.words = [one.method, one.path, item.id, one.operation.summary, chinese(one.operation).summary].join(" ").toLowerCase();
      item.addEventListener("toggle", () => {
        if (item.open && item.childElementCount === 1) item.append(describe(one));
      });
      if (opened.has(item.id)) item.open = true;
      section.append(item);
    }
    all.append(section);
    const link = el("a", name, el("span.quiet", String(members.length)));
    link.href = `#${section.id}`;
    groups.append(el("li", link));
  }
  filter();
}

function filter() {
  const wanted = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  let any = false;
  for (const section of document.querySelectorAll("#all > section")) {
    let shown = 0;
    for (const item of section.querySelectorAll(":scope > .op")) {
      item.hidden = !wanted.every((word) => item.dataset.words.includes(word));
      shown += item.hidden ? 0 : 1;
    }
    section.hidden = !shown;
    any ||= shown > 0;
  }
  $("none").hidden = any;
}

function open() {
  const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!item) return;
  if (item.matches(".op")) item.open = true;
  item.scrollIntoView();
}

async function start() {
  try {
    const answer = await fetch("/openapi.json");
    api = await answer.json();
  } catch {
    $("about").textContent = t("failed");
    return;
  }
  // The examples' dates are those of the demonstration chain; without it, today's.
  today = new Date().toISOString().slice(0, 10);
  try {
    const property = await fetch("/api/v1/properties/SH01");
    if (property.ok) today = (await property.json()).property.business_date;
  } catch { /* The page does without. */ }
  byId = {};
  for (const [path, item] of Object.entries(api.paths))
    for (const [method, operation] of Object.entries(item)) byId[operation.operationId] = { method: method.toUpperCase(), path, operation };
  draw();
  open();
}
document.querySelectorAll("[data-lang]").forEach((node) =>
  node.addEventListener("click", () => {
    lang = node.dataset.lang;
    localStorage.setItem("hefu.lang", lang);
    draw();
  }),
);
$("filter").addEventListener("input", filter);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement.tagName !== "INPUT") {
    event.preventDefault();
    $("filter").focus();
  }
});
addEventListener("hashchange", open);
start();
