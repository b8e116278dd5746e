// Every page: live events, forms, times that go on, shortcuts.
import { api, changed, confirm, toast, words, writing } from './api.js';

// --- Live events: one connection a tab, told on as DOM events.

const pulse = document.getElementById('pulse');
function say(state, text) {
  pulse.dataset.state = state;
  pulse.lastElementChild.textContent = text;
}
const waiting = new Map();
function tell(e) {
  waiting.set(e.type, [...(waiting.get(e.type) ?? []), JSON.parse(e.data)]);
  if (waiting.size === 1 && waiting.get(e.type).length === 1) setTimeout(flush, 200); // a burst is one change
}
function flush() {
  for (const [kind, events] of waiting) document.body.dispatchEvent(new CustomEvent('ovation-' + kind, { detail: events }));
  waiting.clear();
  document.body.dispatchEvent(new CustomEvent('ovation-change'));
}
let source;
function follow() {
  source = new EventSource('/api/v1/events');
  source.onopen = () => say('on', 'Up to date');
  source.onerror = () => {
    say('off', 'Reconnecting');
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
  };
  for (const kind of ['feed', 'moment', 'highlight', 'post', 'sending']) source.addEventListener(kind, tell);
}
follow();
addEventListener('pagehide', () => source.close()); // browsers allow six connections a host
addEventListener('pageshow', (e) => { if (e.persisted) { follow(); changed('moment', 'highlight', 'post', 'feed', 'sending'); } });

// --- Forms: their fields go to the API as JSON.

export function fields(form) {
  const body = {};
  for (const f of form.elements) {
    if (!f.name || f.disabled) continue;
    if (f.type === 'checkbox') { if (f.checked) body[f.name] = true; continue; }
    if (f.value === '' && !f.required) continue;
    body[f.name] = f.dataset.type === 'int' ? Number(f.value) : f.dataset.type === 'bool' ? f.value === 'true' : f.value;
  }
  return body;
}

document.addEventListener('submit', async (e) => {
  const form = e.target;
  if (!form.dataset.api || e.defaultPrevented) return;
  e.preventDefault();
  if (form.dataset.confirm && !(await confirm(form.dataset.confirm, form.dataset.confirmDo))) return;
  const problem = form.querySelector('[data-problem]');
  const buttons = form.querySelectorAll('button');
  for (const b of buttons) b.disabled = true;
  try {
    const method = form.dataset.method ?? 'POST';
    const body = fields(form);
    await api(method, form.dataset.api, Object.keys(body).length ? body : undefined);
    if (problem) problem.hidden = true;
    if (form.dataset.said) toast(form.dataset.said);
    if ('reset' in form.dataset) form.reset();
    changed('moment', 'highlight', 'post', 'feed', 'sending');
  } catch (p) {
    if (!problem) toast(words(p), { bad: true });
    else { problem.textContent = words(p); problem.hidden = false; }
  } finally {
    for (const b of buttons) b.disabled = false;
  }
});

// --- Times that go on.

const span = (s) => s < 60 ? Math.floor(s) + ' s' : s < 3600 ? Math.floor(s / 60) + ' min' : s < 86400 ? Math.floor(s / 3600) + ' h' : Math.floor(s / 86400) + ' d';
const count = (s) => { s = Math.max(0, Math.floor(s)); return (s >= 3600 ? Math.floor(s / 3600) + ':' + String(Math.floor(s / 60) % 60).padStart(2, '0') : Math.floor(s / 60)) + ':' + String(s % 60).padStart(2, '0'); };
function tick() {
  const now = Date.now();
  for (const t of document.querySelectorAll('time[data-ago]')) t.textContent = span(Math.max(0, now - Date.parse(t.dataset.ago)) / 1000) + ' ago';
  for (const t of document.querySelectorAll('time[data-since]')) t.textContent = count((now - Date.parse(t.dataset.since)) / 1000);
  for (const t of document.querySelectorAll('time[data-deadline]')) {
    const left = (Date.parse(t.dataset.deadline) - now) / 1000;
    t.textContent = left > 0 ? count(left) : 'now';
    t.classList.toggle('soon', left < 120);
  }
}
tick();
setInterval(tick, 1000);
document.addEventListener('htmx:after:swap', tick);

// --- Shortcuts that every page has.

const keys = document.getElementById('keys');
document.addEventListener('click', (e) => {
  if (e.target.closest('[data-open=keys]')) keys.showModal();
  for (const d of document.querySelectorAll('details.who[open]')) if (!d.contains(e.target)) d.open = false;
});
document.addEventListener('keydown', (e) => {
  if (writing(e)) return;
  if (e.key === '?') { e.preventDefault(); keys.showModal(); }
  const go = e.altKey && document.querySelector('[data-go="' + e.key + '"]');
  if (go) { e.preventDefault(); go.click(); }
});

const kept = sessionStorage.getItem('toast');
if (kept) { sessionStorage.removeItem('toast'); toast(...JSON.parse(kept)); }
