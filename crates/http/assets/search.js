"use strict";
(() => {
  // ---- Words -------------------------------------------------------------------------------------------
  const WORDS = {
    zh: {
      search: "查询客人与入住记录", placeholder: "姓名、拼音、手机、证件尾号、房号或任意单号", clear: "清空", docs: "API 文档", language: "语言", filters: "筛选", filters_n: n => `筛选（${n}）`,
      property: "酒店", all_properties: "全部酒店", state: "状态", all_states: "全部状态", from: "住店日期", to: "至", reset: "清除筛选", results: "查询结果", more: "显示更多",
      desk_group: "今日状态", booking_group: "预订状态",
      local: "本服务仅监听本机回环地址；账户功能上线之前，本页面以本机管理员身份操作。",
      visits: "入住与预订", guests: "客人", found: (v, g, more) => [v && `${v}${more ? "+" : ""} 条入住与预订`, g && `${g}${more ? "+" : ""} 位客人`].filter(Boolean).join("，"), searching: "正在查询…", took: ms => `用时 ${ms} 毫秒`,
      empty_title: "查找客人或入住记录", empty_lead: "知道什么就输入什么，也可以几项一起输入。点一个例子试试：",
      ex: ["姓名和月份", "拼音，姓和名前后均可", "房号和日期", "手机号，或后四位", "确认号", "OTA、PMS 等外部单号", "证件号后四位", "电子邮箱"],
      key_focus: "定位到查询框", key_move: "上下选择", key_open: "打开", key_close: "关闭",
      none_title: "没有找到相符的记录", none_lead: "建议：",
      tips: ["少输几个字：只输姓，或手机号、证件号的后四位", "姓名也可以用拼音，例如 zhang wei", "核对号码：确认号共十位，末位是校验位", "放宽日期、状态或酒店"],
      offline: "连不上服务器", offline_detail: "请检查服务是否在运行，然后重试。", bad_answer: "无法识别服务器返回的内容", retry: "重试", status_code: "状态码",
      close: "关闭", print: "打印三联单", loading_visit: "正在读取三联单…",
      booking: "预订", stay: "入住", consumption: "消费", points: "积分", journal: "操作记录",
      nights: n => n === 0 ? "日间" : `${n} 晚`, part_day: "钟点房", adults: n => `${n} 成人`, children: n => `${n} 儿童`, people: "人数", channel: "渠道", guarantee: "担保", company: "公司", group: "团队", segment: "客源", booked_at: "预订时间", promised: "房价合计", penalty: "违约金", reason: "原因", others: "外部单号", policy: "退改政策", version: "版本", versions: n => `第 ${n} 版`,
      rooms_booked: "房间", line: n => `第 ${n} 间`, discount: "会员折扣", deposits: "定金", instalment: n => `第 ${n} 期`, due_by: d => `${d} 前`, paid_on: d => `${d} 已付`, no_room: "未排房", walk_in: "上门散客",
      no_stay: "尚未入住", room_no: n => `${n} 房`, checked_in: "入住时间", checked_out: "退房时间", primary: "主客", accompanying: "同住", moves: "换房记录", share: "合住",
      no_postings: "暂无账目", window: (n) => `账单 ${n}`, closed: "已结", reversed: "已冲销", reverses: "冲销", charged: "消费合计", paid: "已付", balance: "未结余额", credit: "应退", settled: "已结清", pre_auths: "预授权", captured: "已完成", expires: d => `${d} 到期`, card: n => `卡尾号 ${n}`, routings: "分账", to_window: n => `→ 账单 ${n}`, quantity: n => `× ${n}`, date: "日期", item: "项目", amount: "金额",
      member_no: "会员号", points_now: "可用积分", this_visit: "本次",
      guest_card: "客人", other_names: "其他姓名", also: names => `又名 ${names.join("、")}`, phone: "电话", email: "邮箱", documents: "证件", visits_n: n => `${n} 次入住`, last_visit: "最近一次", open_visit: "打开三联单", never: "没有入住记录", masked: "个人信息已脱敏", why: "匹配原因",
      no_room_short: "未排房",
    },
    en: {
      search: "Search guests and stays", placeholder: "Name, pinyin, phone, last digits of an ID, room or any number", clear: "Clear", docs: "API reference", language: "Language", filters: "Filters", filters_n: n => `Filters (${n})`,
      property: "Property", all_properties: "All properties", state: "State", all_states: "Any state", from: "Dates", to: "to", reset: "Clear filters", results: "Results", more: "Show more",
      desk_group: "At the desk today", booking_group: "Booking",
      local: "This server listens on loopback only and acts as a local administrator until accounts exist.",
      visits: "Visits", guests: "Guests", found: (v, g, more) => [v && `${v}${more ? "+" : ""} ${v === 1 && !more ? "visit" : "visits"}`, g && `${g}${more ? "+" : ""} ${g === 1 && !more ? "guest" : "guests"}`].filter(Boolean).join(", "), searching: "Searching…", took: ms => `${ms} ms`,
      empty_title: "Find a guest or a visit", empty_lead: "Type whatever you know; you can combine several things. Try one of these:",
      ex: ["Name and month", "Pinyin, in either order", "Room and date", "Phone, or its last four digits", "Visit number", "OTA, PMS or other external number", "Last four digits of an ID", "E-mail address"],
      key_focus: "search box", key_move: "choose", key_open: "open", key_close: "close",
      none_title: "No matches", none_lead: "You could try:",
      tips: ["Typing less: only the surname, or the last four digits of the phone or ID", "The name in pinyin, e.g. zhang wei, or in characters", "Checking the number: a visit number has ten digits, and the last one is a check digit", "Wider dates, any state, all properties"],
      offline: "The server can't be reached", offline_detail: "Check that it is running, then try again.", bad_answer: "The server's answer can't be read", retry: "Try again", status_code: "status",
      close: "Close", print: "Print", loading_visit: "Loading the record…",
      booking: "Booking", stay: "Stay", consumption: "Consumption", points: "Points", journal: "Journal",
      nights: n => n === 0 ? "day use" : n === 1 ? "1 night" : `${n} nights`, part_day: "Part-day", adults: n => n === 1 ? "1 adult" : `${n} adults`, children: n => n === 1 ? "1 child" : `${n} children`, people: "People", channel: "Channel", guarantee: "Guarantee", company: "Company", group: "Group", segment: "Segment", booked_at: "Booked", promised: "Room total", penalty: "Penalty", reason: "Reason", others: "Other numbers", policy: "Terms", version: "Version", versions: n => `${n}`,
      rooms_booked: "Rooms", line: n => `Room ${n}`, discount: "member discount", deposits: "Deposits", instalment: n => `Instalment ${n}`, due_by: d => `by ${d}`, paid_on: d => `paid ${d}`, no_room: "no room assigned", walk_in: "Walk-in",
      no_stay: "Not checked in yet", room_no: n => `Room ${n}`, checked_in: "Checked in", checked_out: "Checked out", primary: "Primary", accompanying: "Accompanying", moves: "Room moves", share: "Shares the room with another stay",
      no_postings: "Nothing posted yet", window: (n) => `Window ${n}`, closed: "closed", reversed: "reversed", reverses: "reversal", charged: "Charges", paid: "Paid", balance: "Balance due", credit: "To be refunded", settled: "Settled", pre_auths: "Pre-authorisations", captured: "captured", expires: d => `until ${d}`, card: n => `card ending ${n}`, routings: "Routing", to_window: n => `→ window ${n}`, quantity: n => `× ${n}`, date: "Date", item: "Item", amount: "Amount",
      member_no: "Card", points_now: "Points available", this_visit: "This visit",
      guest_card: "Guest", other_names: "Other names", also: names => `also ${names.join(", ")}`, phone: "Phone", email: "E-mail", documents: "Documents", visits_n: n => n === 1 ? "1 visit" : `${n} visits`, last_visit: "Last visit", open_visit: "Open the record", never: "No visits yet", masked: "personal data masked", why: "Matched by",
      no_room_short: "no room",
    },
  };
  // Codes of the API, in the terms of the hotel trade.
  const CODES = {
    due_in: ["今日预抵", "Due in"], expected: ["待入住", "Expected"], in_house: ["在住", "In house"], due_out: ["今日预离", "Due out"], pending_check_out: ["逾期未退", "Overdue"], checked_out: ["已退房", "Checked out"], undone: ["入住已撤销", "Check-in undone"],
    requested: ["待确认", "Requested"], reserved: ["已确认", "Reserved"], waitlisted: ["候补", "Waitlisted"], cancelled: ["已取消", "Cancelled"], no_show: ["未到店", "No-show"],
    none: ["无", "None"], deposit: ["定金", "Deposit"], card: ["银行卡", "Card"], company: ["公司", "Company"], agent: ["渠道", "Agent"],
    due: ["待付", "Due"], paid: ["已付", "Paid"], applied: ["已转入账单", "Applied"], refunded: ["已退款", "Refunded"], forfeited: ["不予退还", "Forfeited"], waived: ["已免收", "Waived"],
    pending: ["待银行确认", "Pending"], chargeable: ["有效", "Held"], charged: ["已完成", "Captured"], expired: ["已过期", "Expired"], failed: ["被银行拒绝", "Refused"],
    open: ["未结", "Open"], closed: ["已结", "Closed"], direct: ["直接预订", "Direct"], walk_in: ["上门散客", "Walk-in"],
    classic: ["普卡", "Classic"], silver: ["银卡", "Silver"], gold: ["金卡", "Gold"], platinum: ["白金卡", "Platinum"], earned: ["获得", "Earned"], redeemed: ["兑换", "Redeemed"], adjusted: ["调整", "Adjusted"], reversed: ["扣回", "Reversed"],
    resident_id: ["身份证", "Resident ID"], passport: ["护照", "Passport"], hk_macau_permit: ["港澳通行证", "HK/Macau permit"], taiwan_permit: ["台胞证", "Taiwan permit"], hk_macau_taiwan_residence: ["港澳台居住证", "HK/Macau/Taiwan residence permit"], foreign_permanent_resident: ["外国人永久居留证", "Foreign permanent resident card"], other: ["其他证件", "Other document"],
    check_in: ["入住", "check-in"], "local-administrator": ["本机管理员", "Local administrator"],
    name: ["姓名", "Name"], pinyin: ["拼音", "Pinyin"], phone: ["电话", "Phone"], phone_tail: ["手机尾号", "Last digits of phone"], document: ["证件号", "Document"], document_tail: ["证件尾号", "Last digits of ID"], room: ["房号", "Room"], number: ["单号", "Number"], email: ["邮箱", "E-mail"], dates: ["日期", "Dates"],
    "reservation.book": ["预订", "Booked"], "reservation.change": ["更改预订", "Booking changed"], "reservation.cancel": ["取消预订", "Cancelled"], "reservation.no_show": ["标记未到店", "Marked no-show"], "reservation.reinstate": ["恢复预订", "Reinstated"], "reservation.confirm": ["确认预订", "Confirmed"], "reservation.assign_room": ["排房", "Room assigned"], "visit.add_number": ["添加单号", "Number added"],
    "stay.check_in": ["办理入住", "Checked in"], "stay.check_out": ["办理退房", "Checked out"], "guest.create": ["新建客史", "Guest created"], "guest.update": ["修改客人资料", "Guest changed"], "guest.reveal": ["查看完整资料", "Personal data shown"],
    "stay.undo_check_in": ["撤销入住", "Check-in undone"], "stay.undo_check_out": ["撤销退房", "Check-out undone"], "stay.early_departure": ["提前退房", "Left early"], "stay.extend": ["续住", "Extended"], "stay.move": ["换房", "Moved"], "stay.share": ["同住", "Sharing"], "stay.add_guest": ["添加同住客", "Guest added"], "stay.remove_guest": ["移除同住客", "Guest removed"],
    "folio.charge": ["入账", "Charged"], "folio.payment": ["收款", "Paid"], "folio.refund": ["退款", "Refunded"], "folio.reverse": ["冲账", "Reversed"], "folio.route": ["设置分账", "Routing set"], "folio.transfer": ["转账", "Transferred"], "folio.payer": ["更改付款人", "Payer changed"], "folio.city_ledger": ["挂账至应收账户", "To the city ledger"],
    "deposit.pay": ["收定金", "Deposit paid"], "deposit.apply": ["定金转入账单", "Deposit applied"], "deposit.refund": ["退定金", "Deposit refunded"], "deposit.forfeit": ["定金不予退还", "Deposit forfeited"], "deposit.waive": ["免收定金", "Deposit waived"], "deposit.settle_cancellation": ["取消后结算定金", "Deposit settled on cancellation"],
    "pre_auth.take": ["登记预授权", "Pre-authorised"], "pre_auth.confirm": ["预授权成功", "Pre-authorisation confirmed"], "pre_auth.capture": ["预授权完成", "Pre-authorisation captured"], "pre_auth.release": ["撤销预授权", "Pre-authorisation released"], "pre_auth.fail": ["预授权被拒", "Pre-authorisation refused"], "pre_authorisation.expire": ["预授权过期", "Pre-authorisation expired"],
    "member.accrue": ["积分入账", "Points earned"], "member.redeem": ["积分兑换", "Points redeemed"], "member.adjust": ["调整积分", "Points adjusted"], "member.discount": ["会员折扣", "Member discount"], "member.enrol": ["入会", "Enrolled"],
    "night_audit.post_room": ["夜审过房费", "Room charged by night audit"], "import.booking": ["导入历史", "Imported"],
    "group:room": ["房费", "Room"], "group:tax": ["税费", "Tax"], "group:minibar": ["迷你吧", "Minibar"], "group:food": ["餐饮", "Food"], "group:laundry": ["洗衣", "Laundry"], "group:transport": ["用车", "Car"],
    ROOM: ["房费", "Room"], DAYUSE: ["钟点房费", "Day use"], SVC: ["服务费", "Service fee"], TAX: ["税费", "Tax"], XBED: ["加床", "Extra bed"], MINI: ["迷你吧", "Minibar"], FB: ["餐饮", "Food and beverage"], LAUN: ["洗衣", "Laundry"], CAR: ["用车", "Car"], DMG: ["赔偿", "Damages"], CXL: ["取消费", "Cancellation fee"], NOSHOW: ["未到费", "No-show fee"], DISC: ["会员折扣", "Member discount"], CASH: ["现金", "Cash"], CARD: ["银行卡", "Bank card"], WECHAT: ["微信支付", "WeChat Pay"], ALIPAY: ["支付宝", "Alipay"], PREAUTH: ["预授权完成", "Pre-authorisation captured"], POINTS: ["积分兑换", "Points redeemed"], DEP: ["定金转入", "Deposit transfer"], CITY: ["转应收账", "City ledger transfer"], MOVE: ["账单转账", "Folio transfer"],
  };
  const DESK = ["due_in", "expected", "in_house", "due_out", "pending_check_out", "checked_out"];
  const BOOKING = ["requested", "reserved", "waitlisted", "cancelled", "no_show"];
  const EXAMPLES = { zh: ["张伟 2026-10", "zhang wei", "0412 今天", "13800138000", "308-194-7264", "BK2026778812", "002X", "wei@example.com"], en: ["张伟 2026-10", "zhang wei", "0412 today", "13800138000", "308-194-7264", "BK2026778812", "002X", "wei@example.com"] };

  // ---- Helpers -----------------------------------------------------------------------------------------
  const $ = id => document.getElementById(id);
  let lang = "zh";
  const t = (key, ...args) => { const word = WORDS[lang][key]; return typeof word === "function" ? word(...args) : word ?? key; };
  const code = value => { const pair = Object.hasOwn(CODES, value) ? CODES[value] : null; return pair ? pair[lang === "zh" ? 0 : 1] : String(value ?? ""); };
  // Makes an element. Text only ever becomes text nodes, so nothing of an answer is read as HTML.
  function h(spec, attrs, ...children) {
    const [tag, ...classes] = spec.split(".");
    const element = document.createElement(tag || "div");
    if (classes.length) element.className = classes.join(" ");
    for (const [key, value] of Object.entries(attrs ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else element.setAttribute(key, value === true ? "" : String(value));
    }
    for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== false && child !== "") element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    return element;
  }
  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    svg.setAttribute("class", "i"); svg.setAttribute("aria-hidden", "true"); use.setAttribute("href", `#i-${name}`); svg.append(use);
    return svg;
  }
  const badge = state => state ? h("span.badge", { "data-s": state }, code(state)) : null;
  const list = value => Array.isArray(value) ? value : [];
  const locale = () => lang === "zh" ? "zh-CN" : "en-GB";

  const utc = date => new Date(`${date}T00:00:00Z`);
  const thisYear = () => String(new Date().getFullYear());
  function day(date, weekday) {
    if (!/^\d{4}-\d\d-\d\d$/.test(date ?? "")) return String(date ?? "");
    const options = { timeZone: "UTC", month: lang === "zh" ? "numeric" : "short", day: "numeric" };
    if (!date.startsWith(thisYear())) options.year = "numeric";
    if (weekday) options.weekday = "short";
    const text = new Intl.DateTimeFormat(locale(), options).format(utc(date));
    return lang === "zh" ? text.replace("周", " 周") : text;
  }
  const nights = (from, to) => Math.round((utc(to) - utc(from)) / 86_400_000);
  function span(from, to) {
    if (from === to) return [day(from, true)];
    return [day(from, false), " – ", day(to, false)];
  }
  function moment(at, zone) {
    const date = new Date(at);
    if (Number.isNaN(date.getTime())) return String(at ?? "");
    const options = { month: lang === "zh" ? "numeric" : "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    if (String(date.getFullYear()) !== thisYear()) options.year = "numeric";
    try { return new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone || undefined }).format(date); }
    catch { return new Intl.DateTimeFormat(locale(), options).format(date); }
  }

  // Decimal places per ISO 4217, as the server has them.
  const NO_PLACES = new Set("JPY KRW VND CLP ISK PYG UGX XAF XOF XPF BIF DJF GNF KMF RWF VUV".split(" "));
  const THREE_PLACES = new Set("BHD IQD JOD KWD LYD OMR TND".split(" "));
  const places = currency => NO_PLACES.has(currency) ? 0 : THREE_PLACES.has(currency) ? 3 : 2;
  // The digits are placed by hand: a division would go through binary fractions.
  function plain(minor, currency) {
    if (!Number.isFinite(minor)) return "–";
    const n = places(currency), digits = String(Math.abs(Math.trunc(minor))).padStart(n + 1, "0");
    const whole = digits.slice(0, digits.length - n).replace(/\B(?=(\d{3})+$)/g, ",");
    return (minor < 0 ? "−" : "") + whole + (n ? "." + digits.slice(-n) : "");
  }
  const money = (minor, currency) => `${currency} ${plain(minor, currency)}`;
  const percent = points => `${Number((points / 100).toFixed(2))}%`;
  const grouped = number => /^\d{10}$/.test(number ?? "") ? `${number.slice(0, 3)}-${number.slice(3, 6)}-${number.slice(6)}` : String(number ?? "");

  class Problem extends Error {
    constructor(title, detail, code, status) { super(title); Object.assign(this, { title, detail, code, status }); }
  }
  // What is searched for goes in a body: addresses are written down by browsers and proxies.
  async function get(path, signal, body) {
    let response;
    const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    try {
      response = await fetch(path, { ...sent, signal, headers: { "Accept": "application/json", "Content-Type": "application/json", "Accept-Language": lang === "zh" ? "zh-CN" : "en" }, cache: "no-store", credentials: "same-origin", referrerPolicy: "no-referrer" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem(t("offline"), t("offline_detail"), "offline", 0);
    }
    let answer = null;
    try { answer = await response.json(); } catch (error) { if (error.name === "AbortError") throw error; }
    if (!response.ok) throw new Problem(answer?.title || t("bad_answer"), answer?.detail || "", answer?.code || "unknown", response.status);
    if (answer === null) throw new Problem(t("bad_answer"), "", "unreadable", response.status);
    return answer;
  }
  function fault(error, retry) {
    const problem = error instanceof Problem ? error : new Problem(t("bad_answer"), "", "unreadable", 0);
    if (problem !== error) console.error(error);
    return h("div.fault", { role: "alert" }, h("h2", null, problem.title), problem.detail && h("p", null, problem.detail),
      h("p.code.mono", null, problem.code, problem.status ? ` · ${t("status_code")} ${problem.status}` : ""), h("button.btn", { type: "button", onclick: retry }, t("retry")));
  }

  // ---- State -------------------------------------------------------------------------------------------
  const q = $("q"), results = $("results"), notice = $("notice"), drawer = $("drawer");
  const filters = { property: $("f-property"), state: $("f-state"), from: $("f-from"), to: $("f-to") };
  let properties = [], found = null, hits = [], active = -1, timer = 0, asking = null, skeletonTimer = 0, openOnArrival = false;
  let shown = null; // What the drawer shows: { kind, key, … }
  let opening = null;
  const setups = new Map();

  const wanted = () => ({ q: q.value.trim(), property: filters.property.value, from: filters.from.value, to: filters.to.value, state: filters.state.value });
  const isEmpty = w => !w.q && !w.from && !w.to && !w.state;

  // ---- Search ------------------------------------------------------------------------------------------
  function schedule(delay) {
    clearTimeout(timer);
    $("clear").hidden = !q.value; $("keys").hidden = !!q.value;
    timer = setTimeout(search, delay);
  }
  function drop() { asking?.abort(); asking = null; clearTimeout(timer); timer = 0; clearTimeout(skeletonTimer); $("progress").removeAttribute("data-on"); }
  function sought(w, cursor) {
    const body = {};
    for (const key of ["q", "property", "from", "to", "state"]) if (w[key]) body[key] = w[key];
    if (cursor) body.cursor = cursor;
    return body;
  }
  async function search() {
    drop();
    const w = wanted();
    if (isEmpty(w)) { found = null; hits = []; openOnArrival = false; showEmpty(); return; }
    const mine = asking = new AbortController();
    $("progress").setAttribute("data-on", "");
    if (found) results.setAttribute("data-stale", "");
    skeletonTimer = setTimeout(() => { if (asking === mine && !found) showSkeleton(); }, 120);
    try {
      const answer = await get("/api/v1/search", mine.signal, sought(w));
      if (asking !== mine) return;
      drop();
      found = { ...answer, visits: list(answer.visits), guests: list(answer.guests) };
      active = 0;
      showResults();
      if (openOnArrival && hits.length && (hits.length === 1 || found.visits.length === 1)) openHit(0);
      openOnArrival = false;
    } catch (error) {
      if (error.name === "AbortError" || asking !== mine) return;
      drop(); found = null; openOnArrival = false;
      clearList();
      $("status").textContent = "";
      notice.replaceChildren(h("div.calm", null, fault(error, search)));
    }
  }
  // As many as a screen shows are asked for; the next ones come as they are scrolled to.
  const scrolled = new IntersectionObserver(seen => { if (seen.some(one => one.isIntersecting)) more(); }, { rootMargin: "300px" });
  async function more() {
    const button = $("more"), before = found;
    if (!before?.next || button.disabled) return;
    button.disabled = true;
    $("progress").setAttribute("data-on", "");
    try {
      const answer = await get("/api/v1/search", undefined, sought(wanted(), before.next));
      if (found !== before) return;
      found = { ...answer, visits: [...before.visits, ...list(answer.visits)], guests: [...before.guests, ...list(answer.guests)] };
      showResults();
    } catch (error) {
      if (found === before) notice.replaceChildren(fault(error, () => { notice.replaceChildren(); more(); }));
    } finally { button.disabled = false; if (!asking) $("progress").removeAttribute("data-on"); }
  }

  // ---- The list ----------------------------------------------------------------------------------------
  function clearList() {
    hits = []; active = -1;
    results.replaceChildren(); results.removeAttribute("data-stale"); results.removeAttribute("data-both"); results.hidden = true; notice.replaceChildren();
    $("more").hidden = true; $("took").textContent = "";
    q.setAttribute("aria-expanded", "false"); q.removeAttribute("aria-activedescendant");
  }
  function showEmpty() {
    clearList();
    $("status").textContent = "";
    notice.replaceChildren(h("section.calm", null, h("h1", null, t("empty_title")), h("p.lead", null, t("empty_lead")),
      h("ul.examples", null, EXAMPLES[lang].map((text, i) => h("li", null, h("button", { type: "button", onclick: () => { q.value = text; q.focus(); schedule(0); } }, h("b", null, text), h("span", null, t("ex")[i]))))),
      h("p.hints", { "aria-hidden": "true" }, [["/", "key_focus"], ["↑ ↓", "key_move"], ["Enter", "key_open"], ["Esc", "key_close"]].map(([key, word]) => h("span", null, h("kbd", null, key), t(word))))));
  }
  function showSkeleton() {
    clearList();
    $("status").textContent = t("searching");
    notice.replaceChildren(h("div.rows.skeleton", { "aria-hidden": "true" }, [1, 2, 3, 4, 5].map(i => h("div.row", null, h(i % 2 ? "div.bone.w1" : "div.bone.w4"), h(i % 2 ? "div.bone.w2" : "div.bone.w3")))));
  }
  const chips = why => list(why).length ? h("div.chips", null, list(why).map(one => h("span.chip", null, one.text || code(one.code)))) : null;
  const off = state => state === "cancelled" || state === "no_show";

  function visitRow(visit, id) {
    const state = visit.desk_state || visit.state;
    return h("div.row.visit", { role: "option", id, "aria-selected": "false" },
      h("div.grid", null,
        h("div.who", null, h("div.line1", null, visit.guest?.name || "–"), h("div.line2.num.ids", null, h("span", null, grouped(visit.number)), visit.guest?.phone && h("span.dot", null, visit.guest.phone))),
        h("div.when", null, h("div.line1.num", null, h("span", off(visit.state) ? { class: "off" } : null, span(visit.arrival, visit.departure)), h("span.light.soft.dot", null, visit.arrival === visit.departure ? t("part_day") : t("nights", nights(visit.arrival, visit.departure)))), h("div.line2", null, named(properties.find(one => one.code === visit.property)) || visit.property_name || visit.property)),
        h("div.where", null, visit.room ? h("span.room", null, h("span.vh", null, code("room") + " "), visit.room) : off(visit.state) ? null : h("span.room.none", null, t("no_room_short"))),
        h("div.what", null, badge(state))),
      chips(visit.why));
  }
  function guestRow(guest, id) {
    const last = guest.last_visit;
    return h("div.row.guest", { role: "option", id, "aria-selected": "false" },
      h("div.line1", null, guest.name || "–", list(guest.other_names).length > 0 && h("span.light.soft", null, ` ${t("also", list(guest.other_names))}`)),
      h("div.line2.num.ids", null, h("span", null, guest.phone || guest.email || ""), list(guest.documents).slice(0, 1).map(d => h("span", { class: guest.phone || guest.email ? "dot" : null }, `${code(d.type)} ${d.number}`))),
      h("div.line2.num", null, t("visits_n", guest.visits ?? 0), last && h("span.dot", null, `${t("last_visit")} ${day(last.arrival)}`)),
      chips(guest.why));
  }
  function showResults() {
    const { visits, guests } = found;
    const keep = active;
    clearList();
    if (!visits.length && !guests.length) { showNothing(); return; }
    results.hidden = false;
    const section = (key, rows, row, kind) => {
      if (!rows.length) return null;
      return h("div.group", { role: "group", "aria-labelledby": `h-${kind}` }, h("h2", { id: `h-${kind}`, role: "presentation" }, t(key), h("span", null, rows.length + (found.next ? "+" : ""))),
        h("div.rows", { role: "presentation" }, rows.map(one => {
          const index = hits.length, element = row(one, `hit-${index}`);
          hits.push({ kind, one, element });
          element.addEventListener("click", () => openHit(index));
          return element;
        })));
    };
    const a = section("visits", visits, visitRow, "visit"), b = section("guests", guests, guestRow, "guest");
    if (a && b) results.setAttribute("data-both", "");
    results.replaceChildren(...[a, b].filter(Boolean));
    $("more").hidden = !found.next;
    scrolled.disconnect();
    scrolled.observe($("more"));
    $("status").textContent = t("found", visits.length, guests.length, !!found.next);
    $("took").textContent = Number.isFinite(found.took_us) ? t("took", (found.took_us / 1000).toFixed(found.took_us < 10_000 ? 1 : 0)) : "";
    q.setAttribute("aria-expanded", "true");
    choose(Math.min(Math.max(keep, 0), hits.length - 1), false);
    markOpen();
  }
  function showNothing() {
    const w = wanted(), filtered = w.property || w.from || w.to || w.state;
    $("status").textContent = t("none_title");
    $("took").textContent = Number.isFinite(found.took_us) ? t("took", (found.took_us / 1000).toFixed(1)) : "";
    notice.replaceChildren(h("section.calm", null, h("h2.big", null, t("none_title")), h("p.lead", null, t("none_lead")),
      h("ul.tips", null, t("tips").map((tip, i) => i === 3 && !filtered ? null : h("li", null, tip))),
      h("div.actions", null, filtered && h("button.btn", { type: "button", onclick: resetFilters }, t("reset")), h("button.btn", { type: "button", onclick: () => { q.value = ""; q.focus(); schedule(0); } }, t("clear")))));
  }
  function choose(index, scroll = true) {
    hits[active]?.element.setAttribute("aria-selected", "false");
    active = index;
    const hit = hits[active];
    if (!hit) { q.removeAttribute("aria-activedescendant"); return; }
    hit.element.setAttribute("aria-selected", "true");
    q.setAttribute("aria-activedescendant", hit.element.id);
    if (scroll) hit.element.scrollIntoView({ block: "nearest" });
  }
  const keyOf = hit => hit.kind === "visit" ? `visit ${hit.one.property} ${hit.one.number}` : `guest ${hit.one.id}`;
  function markOpen() { for (const hit of hits) hit.element.toggleAttribute("data-open", shown?.key === keyOf(hit)); }
  function openHit(index) {
    const hit = hits[index];
    if (!hit) return;
    choose(index);
    if (hit.kind === "visit") openVisit(hit.one.number, hit.one.property, hit.one); else openGuest(hit.one);
  }

  // ---- The drawer --------------------------------------------------------------------------------------
  const narrow = matchMedia("(max-width: 1023px)");
  function behind() { const cover = !!shown && narrow.matches; $("top").inert = cover; $("list").inert = cover; drawer.setAttribute("role", cover ? "dialog" : "region"); if (cover) drawer.setAttribute("aria-modal", "true"); else drawer.removeAttribute("aria-modal"); }
  narrow.addEventListener("change", behind);

  function show(next, head, body) {
    const first = !shown;
    shown = next;
    document.body.classList.add("open");
    document.body.classList.toggle("person", next.kind === "guest");
    // So that Back closes the drawer on a phone; the address stays as it is.
    if (first && !history.state?.drawer) history.pushState({ drawer: true }, "");
    drawer.replaceChildren(head, body);
    drawer.scrollTop = 0;
    behind(); markOpen();
    hits[active]?.element.scrollIntoView({ block: "nearest" });
    if (narrow.matches || document.activeElement !== q) drawer.focus({ preventScroll: true });
  }
  function hide(fromHistory) {
    if (!shown) return;
    shown = null; opening?.abort(); opening = null;
    document.body.classList.remove("open", "person");
    drawer.replaceChildren();
    behind(); markOpen();
    if (!fromHistory && history.state?.drawer) history.back();
    if (!narrow.matches || fromHistory !== true) q.focus({ preventScroll: true });
  }
  addEventListener("popstate", () => hide(true));

  const head = (title, sub, tools) => h("div.dhead", null, h("div", null, h("h2", { id: "drawer-title" }, title), h("p.sub.num", null, sub)),
    h("div.tools", null, tools, h("button.icon", { type: "button", "aria-label": t("close"), title: `${t("close")} (Esc)`, onclick: () => hide() }, icon("close"))));
  const bones = () => h("div.dbody", { "aria-busy": "true" }, h("p.vh", { role: "status" }, t("loading_visit")), h("div.trio", null, [1, 2, 3].map(() => h("div.part.skeleton", null, ["w3", "w2", "w1", "w4", "w2"].map(w => h("div.item", null, h(`div.bone.${w}`)))))));

  async function openVisit(number, property, brief) {
    opening?.abort();
    const mine = opening = new AbortController(), next = { kind: "visit", key: `visit ${property} ${number}`, number, property, brief };
    const title = brief?.guest?.name || grouped(number);
    show(next, head(title, grouped(number)), bones());
    const query = property ? `?property=${encodeURIComponent(property)}` : "";
    try {
      const [view, setup] = await Promise.all([get(`/api/v1/visits/${encodeURIComponent(number)}${query}`, mine.signal), houseSetup(property)]);
      if (opening !== mine) return;
      next.view = view; next.setup = setup || await houseSetup(view.property);
      if (opening === mine) drawVisit();
    } catch (error) {
      if (error.name === "AbortError" || opening !== mine) return;
      drawer.replaceChildren(head(title, grouped(number)), h("div.dbody", null, h("div.part", null, fault(error, () => openVisit(number, property, brief)))));
    }
  }
  // Names of rooms, types, plans and codes; without them the record is shown with its codes.
  async function houseSetup(property) {
    if (!property) return null;
    if (!setups.has(property)) setups.set(property, get(`/api/v1/properties/${encodeURIComponent(property)}`).catch(() => { setups.delete(property); return null; }));
    return setups.get(property);
  }
  const named = one => one ? (lang === "en" && one.name_en) || one.name : null;

  function facts(rows) {
    const kept = rows.filter(row => row && row[1] !== null && row[1] !== undefined && row[1] !== "" && row[1] !== false);
    return kept.length ? h("dl.facts", null, kept.map(([term, value]) => [h("dt", null, term), h("dd.num", null, value)])) : null;
  }
  const part = (title, mark, ...children) => h("section.part", null, h("h3", null, h("span", null, title), mark), children);
  const item = (left, right, under) => h("div.item", null, h("div.flex", null, h("span", null, left), right && h("span.num", null, right)), under && h("div.line2.num", null, under));
  const people = one => [t("adults", one.adults), one.children > 0 && [" · ", t("children", one.children)]];
  const range = one => [span(one.arrival, one.departure), " · ", one.arrival === one.departure ? t("part_day") : t("nights", nights(one.arrival, one.departure))];

  function drawVisit() {
    const { view, setup } = shown, r = view.booking.reservation, currency = r.currency, zone = setup?.property?.time_zone;
    const guest = view.guest.profile;
    const find = (kind, value, key) => named(list(setup?.[kind]).find(one => one[key] === value));
    const typeName = c => find("room_types", c, "code") || c, planName = c => find("rate_plans", c, "code") || c, codeName = c => find("codes", c, "code") || code(c);
    const deskStates = [...list(view.stay), ...list(view.booking.rooms)].map(one => one.desk_state).filter(Boolean);
    const state = shown.brief?.desk_state || ["pending_check_out", "due_out", "due_in", "in_house", "expected", "checked_out"].find(s => deskStates.includes(s)) || r.state;

    // Booking
    const booking = part(t("booking"), badge(r.state),
      h("p.big.num", null, span(r.arrival, r.departure)), h("p.soft.num", null, r.arrival === r.departure ? t("part_day") : t("nights", nights(r.arrival, r.departure)), " · ", people(r)),
      facts([[t("promised"), money(view.booking.promised, currency)], [t("channel"), r.walk_in ? t("walk_in") : code(r.channel)], [t("guarantee"), code(r.guarantee)], [t("segment"), r.segment], [t("company"), r.company],
        [t("group"), view.booking.group && `${view.booking.group.name} (${view.booking.group.code})`], [t("policy"), [...new Set(list(view.booking.rooms).map(room => named(room.terms?.policy)).filter(Boolean))].join(" · ")], [t("penalty"), r.penalty > 0 && money(r.penalty, currency)], [t("reason"), r.state_reason],
        [t("others"), list(view.aliases).length > 0 && list(view.aliases).map(a => h("div", null, a.number, h("span.faint", null, ` ${a.system}`)))], [t("booked_at"), moment(r.booked_at, zone)], [t("version"), r.version > 1 && t("versions", r.version)]]),
      list(view.booking.rooms).length > 0 && [h("h4", null, t("rooms_booked")), list(view.booking.rooms).map(room => {
        const sum = list(room.prices).reduce((a, b) => a + b, 0), same = list(room.prices).every(p => p === room.prices[0]), n = list(room.prices).length;
        return item([typeName(room.room_type), room.rate_plan && h("span.soft", null, ` · ${planName(room.rate_plan)}`)], plain(sum, currency),
          [room.state !== r.state && [badge(room.state), " "], room.room_number ? t("room_no", room.room_number) : t("no_room"), list(view.booking.rooms).length > 1 && h("span.dot", null, range(room)), n > 1 && same && h("span.dot", null, `${plain(room.prices[0], currency)} × ${n}`), room.discount > 0 && h("span.dot", null, `${t("discount")} ${percent(room.discount)}`), room.desk_state && room.desk_state !== state && h("span.dot", null, code(room.desk_state))]);
      })],
      list(view.booking.deposits).length > 0 && [h("h4", null, t("deposits")), list(view.booking.deposits).map(d => item([t("instalment", d.instalment), h("span.soft.dot", null, d.paid_on ? t("paid_on", day(d.paid_on)) : t("due_by", day(d.due)))], [plain(d.amount, currency)], [d.state === "due" ? badge("due") : code(d.state), d.paid_by && h("span.dot", null, codeName(d.paid_by))]))]);

    // Stay
    const stays = list(view.stay), one = stays.length === 1 ? stays[0] : null;
    const stay = part(t("stay"), one && badge(one.desk_state || one.state),
      !stays.length && h("p.none-yet", null, t("no_stay")),
      stays.map(s => [
        one ? h("p.big.num", null, t("room_no", s.room_number)) : h("h4", null, h("span.num", null, t("room_no", s.room_number)), " ", badge(s.desk_state || s.state)),
        h("p.soft.num", null, range(s)),
        facts([[t("checked_in"), moment(s.checked_in_at, zone)], [t("checked_out"), s.checked_out_at && moment(s.checked_out_at, zone)], [t("people"), people(s)], s.share_of && [t("stay"), t("share")]]),
        list(s.guests).length > 0 && [h("h4", null, t("guests")), list(s.guests).map(person => item(person.guest?.profile?.full_name || "–", h("span.soft", null, t(person.role)), list(person.guest?.profile?.documents).map((d, i) => h("span", { class: i ? "dot" : null }, `${code(d.type)} ${d.number}`))))],
        list(s.rooms).length > 1 && [h("h4", null, t("moves")), list(s.rooms).map(m => item([m.room_number ? t("room_no", m.room_number) : t("line", m.seq)], day(m.from_date), code(m.reason)))],
      ]));

    // Consumption
    const c = view.consumption, postings = list(c.postings), taken = new Set(postings.map(p => p.reverses).filter(Boolean));
    const children = new Map();
    for (const p of postings) if (p.belongs_to) children.set(p.belongs_to, [...(children.get(p.belongs_to) || []), p]);
    const known = new Set(postings.map(p => p.id));
    const lineOf = (p, child) => h("tr", { class: [child && "child", (taken.has(p.id) || p.reverses) && "gone"].filter(Boolean).join(" ") || null },
      h("td.day", null, child ? "" : day(p.business_date)),
      h("td.what", null, codeName(p.code), p.quantity > 1 && h("span.soft", null, ` ${t("quantity", p.quantity)}`), taken.has(p.id) ? h("span.tag", null, t("reversed")) : p.reverses ? h("span.tag", null, t("reverses")) : null,
        p.foreign_currency && h("span.sub.num", null, `${money(p.foreign_amount, p.foreign_currency)} @ ${p.foreign_rate}`), p.reference && h("span.sub", null, p.reference)),
      h("td.amt", null, plain(p.amount, currency)));
    const linesOf = group => group.filter(p => !p.belongs_to || !known.has(p.belongs_to)).flatMap(p => [lineOf(p, false), ...(children.get(p.id) || []).map(kid => lineOf(kid, true))]);
    const folios = list(c.folios);
    const consumption = part(t("consumption"), folios.length > 0 && h("span.faint", null, currency),
      !postings.length && h("p.none-yet", null, t("no_postings")),
      folios.map(folio => {
        const mine = postings.filter(p => p.window === folio.window);
        if (!mine.length) return null;
        return [folios.length > 1 && h("h4", null, t("window", folio.window), folio.company && ` · ${folio.company}`, folio.state === "closed" && ` · ${t("closed")}`),
          h("table", null, h("thead", { class: "vh" }, h("tr", null, h("th", null, t("date")), h("th", null, t("item")), h("th", null, t("amount")))), h("tbody", null, linesOf(mine)))];
      }),
      h("div.sums", null, h("div", null, h("span.soft", null, t("charged")), h("span", null, plain(c.charged, currency))), h("div", null, h("span.soft", null, t("paid")), h("span", null, plain(c.paid, currency))),
        h("div", { class: c.balance > 0 && stays.length ? "total owed" : "total" }, h("span", null, c.balance < 0 ? t("credit") : c.balance === 0 && postings.length ? t("settled") : t("balance")), h("span", null, money(Math.abs(c.balance), currency)))),
      list(c.pre_authorisations).length > 0 && [h("h4", null, t("pre_auths")), list(c.pre_authorisations).map(a => item([t("card", a.last_four), h("span.soft.dot", null, code(a.state))], plain(a.amount, currency), [t("expires", day(a.expires)), a.captured > 0 && h("span.dot", null, `${t("captured")} ${plain(a.captured, currency)}`)]))],
      list(c.routings).length > 0 && [h("h4", null, t("routings")), list(c.routings).map(x => item(code(Object.hasOwn(CODES, `group:${x.code_group}`) ? `group:${x.code_group}` : x.code_group), t("to_window", x.window)))]);

    // Points and journal
    const p = view.points, m = p?.membership;
    const points = m && part(t("points"), h("span.badge", null, code(m.tier)),
      h("p.big.num", null, (p.points > 0 ? "+" : "") + p.points.toLocaleString(locale()), h("span.soft", null, ` ${t("this_visit")}`)),
      facts([[t("points_now"), m.points.toLocaleString(locale())], [t("member_no"), m.number]]),
      list(p.entries).map(e => item(code(e.kind), (e.points > 0 ? "+" : "") + e.points.toLocaleString(locale()), moment(e.at, zone))));
    const entries = list(view.journal);
    const journal = part(t("journal"), h("span.faint.num", null, entries.length || ""),
      entries.length ? h("table", null, h("tbody", null, entries.map(e => h("tr", null, h("td.time", null, moment(e.at, zone)), h("td", null, code(e.action), e.reason && h("span.sub", null, e.reason)), h("td.soft", null, code(e.actor)))))) : h("p.none-yet", null, "–"));

    const phone = list(guest.phones)[0], sub = [grouped(view.number), h("span.dot", null, named(setup?.property) || view.property_name), list(guest.other_names).length > 0 && h("span.dot", null, t("also", list(guest.other_names))), phone && h("span.dot", null, phone), view.guest.masked && h("span.dot.faint", null, t("masked"))];
    const scroll = drawer.scrollTop;
    drawer.replaceChildren(
      head([guest.full_name || "–", " ", badge(state)], sub, h("button.btn.print", { type: "button", "aria-label": t("print"), onclick: () => print() }, icon("print"), h("span", null, t("print")))),
      h("div.dbody", null, h("div.trio", null, booking, stay, consumption), h("div.below", { "data-one": !points }, points, journal)));
    drawer.scrollTop = scroll;
  }

  function openGuest(guest) {
    opening?.abort(); opening = null;
    const last = guest.last_visit;
    show({ kind: "guest", key: `guest ${guest.id}`, guest },
      head(guest.name || "–", [t("visits_n", guest.visits ?? 0), h("span.dot", null, t("masked"))]),
      h("div.dbody", null, part(t("guest_card"), null, facts([[t("other_names"), list(guest.other_names).length > 0 && list(guest.other_names).map(name => h("div", null, name))], [t("phone"), guest.phone], [t("email"), guest.email], [t("documents"), list(guest.documents).length > 0 && list(guest.documents).map(d => h("div", null, `${code(d.type)} ${d.number}`))]])),
        part(t("last_visit"), null, last ? h("button.card-link", { type: "button", onclick: () => openVisit(last.number, last.property, null) }, h("div.line1.num", null, day(last.arrival, true)), h("div.line2.num", null, grouped(last.number), h("span.dot", null, propertyName(last.property))), h("div.go", null, t("open_visit"))) : h("p.none-yet", null, t("never"))),
        list(guest.why).length > 0 && part(t("why"), null, chips(guest.why))));
  }
  const propertyName = c => named(properties.find(one => one.code === c)) || c;

  // ---- Filters and language ----------------------------------------------------------------------------
  function fillFilters() {
    const keep = { property: filters.property.value, state: filters.state.value };
    filters.property.replaceChildren(h("option", { value: "" }, t("all_properties")), ...properties.map(one => h("option", { value: one.code }, named(one))));
    filters.property.parentElement.hidden = false;
    filters.state.replaceChildren(h("option", { value: "" }, t("all_states")), ...[["desk_group", DESK], ["booking_group", BOOKING]].map(([label, states]) => h("optgroup", { label: t(label) }, states.map(s => h("option", { value: s }, code(s))))));
    filters.property.value = keep.property; filters.state.value = keep.state;
    markFilters();
  }
  function markFilters() {
    const set = Object.values(filters).filter(f => { f.classList.toggle("set", !!f.value); return f.value; }).length;
    $("reset").hidden = !set;
    $("toggle-text").textContent = set || ""; $("toggle-text").hidden = !set;
    $("toggle").setAttribute("aria-label", set ? t("filters_n", set) : t("filters"));
  }
  function resetFilters() { for (const f of Object.values(filters)) f.value = ""; filters.to.min = ""; markFilters(); schedule(0); q.focus(); }
  for (const f of Object.values(filters)) f.addEventListener("change", () => {
    filters.to.min = filters.from.value;
    if (filters.from.value && filters.to.value && filters.to.value < filters.from.value) filters.to.value = filters.from.value;
    markFilters(); schedule(0);
  });
  async function loadHouses() {
    try { properties = list(await get("/api/v1/properties")); } catch { properties = []; }
    fillFilters();
    if (found) showResults();
  }

  function speak(next) {
    lang = next === "en" ? "en" : "zh";
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    document.title = lang === "zh" ? "合符 · 酒店入住记录查询" : "Hefu · hotel records";
    for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.dataset.t);
    for (const e of document.querySelectorAll("[data-t-label]")) e.setAttribute("aria-label", t(e.dataset.tLabel));
    for (const e of document.querySelectorAll("[data-t-placeholder]")) e.placeholder = t(e.dataset.tPlaceholder);
    for (const id of ["zh", "en"]) $(id).setAttribute("aria-pressed", String(id === lang));
    fillFilters();
  }
  function change(next) {
    if (next === lang) return;
    try { localStorage.setItem("hefu.lang", next); } catch { /* Storage is blocked: the choice lasts as long as the page. */ }
    speak(next);
    // The reasons of a match come in the language they were asked for in.
    if (found) showResults();
    search();
    if (shown?.kind === "guest") openGuest(shown.guest); else if (shown?.view) drawVisit();
  }
  $("zh").addEventListener("click", () => change("zh"));
  $("en").addEventListener("click", () => change("en"));

  // ---- Keys --------------------------------------------------------------------------------------------
  let composing = false;
  q.addEventListener("compositionstart", () => { composing = true; });
  q.addEventListener("compositionend", () => { composing = false; schedule(150); });
  q.addEventListener("input", () => { if (!composing) schedule(150); });
  q.addEventListener("keydown", event => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!hits.length) return;
      event.preventDefault();
      choose((active + (event.key === "ArrowDown" ? 1 : -1) + hits.length) % hits.length);
      // With the drawer open beside the list, it follows.
      if (shown && !narrow.matches) openHit(active);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (timer || asking) { openOnArrival = true; if (!asking) search(); } else if (hits[active]) openHit(active);
    }
  });
  document.addEventListener("keydown", event => {
    if (event.isComposing || event.keyCode === 229) return;
    const typing = event.target.closest?.("input, select, textarea");
    if ((event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) || ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k")) {
      event.preventDefault();
      if (shown && narrow.matches) hide();
      q.focus(); q.select();
    } else if (event.key === "Escape") {
      if (shown) { event.preventDefault(); hide(); }
      else if (event.target === q && q.value) { event.preventDefault(); q.value = ""; schedule(0); }
    }
  });
  results.addEventListener("mousedown", event => event.preventDefault()); // Focus stays in the box.
  $("clear").addEventListener("click", () => { q.value = ""; q.focus(); schedule(0); });
  $("reset").addEventListener("click", resetFilters);
  $("more").addEventListener("click", more);

  $("toggle").addEventListener("click", () => { const on = $("filters").toggleAttribute("data-shown"); $("toggle").setAttribute("aria-expanded", String(on)); });
  addEventListener("pageshow", event => { if (event.persisted) { q.value = ""; schedule(0); } });

  // ---- Begin -------------------------------------------------------------------------------------------
  let stored = null;
  try { stored = localStorage.getItem("hefu.lang"); } catch { /* blocked */ }
  const asked = new URLSearchParams(location.search).get("lang");
  const first = (asked || stored || "zh").toLowerCase().startsWith("en") ? "en" : "zh";
  if (asked) try { localStorage.setItem("hefu.lang", first); } catch { /* blocked */ }
  if (history.state?.drawer) history.replaceState(null, "");
  speak(first);
  q.value = "";
  showEmpty();
  loadHouses();
  if (!matchMedia("(pointer: coarse)").matches) q.focus();
})();
