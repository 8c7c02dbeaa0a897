const at = (id) => document.getElementById(id);
// The token of the setup link stands behind the #, which no browser sends anywhere.
const token = location.pathname === '/setup' ? location.hash.slice(1) : '';
let step = token ? 'setup' : 'password';
if (token) { at('for-name').hidden = false; at('go').textContent = '建立管理员 · Create the administrator'; }
const send = async (method, path, body) => {
  const language = navigator.language || 'zh-CN';
  const headers = { 'accept-language': language };
  if (body) headers['content-type'] = 'application/json';
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  const json = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Error(json.detail || answer.status);
  return json;
};
const only = (id) => {
  for (const part of document.querySelectorAll('#form > div')) part.hidden = part.id !== id;
};
const then = async (signedIn) => {
  if (signedIn.second_factor) { step = 'code'; only('for-code'); at('code').focus(); return; }
  if (signedIn.must_change_password) { step = 'new'; only('for-new'); at('new').focus(); return; }
  const me = await send('GET', '/api/v1/me');
  if (me.must_enrol_second_factor) {
    const enrolled = await send('POST', '/api/v1/me/totp', { password: at('password').value });
    at('qr').src = 'data:image/svg+xml,' + encodeURIComponent(enrolled.qr);
    at('secret').textContent = enrolled.secret.replace(/(.{4})/g, '$1 ').trim();
    at('secret').href = enrolled.uri;
    at('go').textContent = '启用 · Enrol';
    step = 'enrol'; only('for-enrolment'); at('first').focus();
    return;
  }
  location.href = '/';
};
const steps = {
  async setup() {
    await send('POST', '/api/v1/setup', { token, login: at('login').value, name: at('name').value, password: at('password').value });
    at('go').textContent = '登录 · Sign in';
    await steps.password();
  },
  async password() { await then(await send('POST', '/api/v1/session', { login: at('login').value, password: at('password').value })); },
  async code() {
    const shown = at('code').value.trim();
    await then(await send('POST', '/api/v1/session/second-factor', /^\d[\d ]*$/.test(shown) && shown.length < 10 ? { code: shown } : { recovery_code: shown }));
  },
  async new() {
    await send('PUT', '/api/v1/me/password', { current: at('password').value, new: at('new').value });
    at('password').value = at('new').value;
    await then({});
  },
  async enrol() {
    const confirmed = await send('POST', '/api/v1/me/totp/confirm', { code: at('first').value.trim() });
    at('recovery').textContent = confirmed.recovery_codes.join('\n');
    at('go').textContent = '已保存，继续 · Saved, go on';
    step = 'done'; only('for-recovery');
  },
  async done() { location.href = '/'; },
};
at('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  at('said').textContent = '';
  try { await steps[step](); } catch (error) { at('said').textContent = error.message; }
});
