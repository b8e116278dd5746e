// The Review page: shapes that play together, texts with counters, trim, the
// decision.
import { api, changed, toast, toastNext, words, writing } from './api.js';
import { Captions } from './captions.js';

const $ = (id) => document.getElementById(id);
let item, stage, captions;

// --- The shapes play as one: the first leads, the others follow.
class Stage {
  constructor(el) {
    this.videos = [...el.querySelectorAll('video')];
    this.lead = this.videos[0];
    this.heard = null;
    this.lead.addEventListener('timeupdate', () => this.tell());
    this.lead.addEventListener('play', () => this.tell());
    this.lead.addEventListener('pause', () => this.tell());
    this.lead.addEventListener('loadedmetadata', () => this.tell());
    for (const v of this.videos) v.parentElement.addEventListener('click', () => this.hear(v));
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) this.play();
  }
  get length() { return Number(this.lead.dataset.length) || this.lead.duration || 0; }
  play() { for (const v of this.videos) v.play().catch(() => {}); }
  toggle() { if (this.lead.paused) this.play(); else for (const v of this.videos) v.pause(); this.tell(); }
  seek(t) { t = Math.min(Math.max(0, t), Math.max(0, this.length - 0.01)); for (const v of this.videos) v.currentTime = t; this.tell(); }
  step(n) { for (const v of this.videos) v.pause(); this.seek(this.lead.currentTime + n * frame()); }
  hear(v) {
    this.heard = this.heard === v ? null : v;
    for (const o of this.videos) { o.muted = o !== this.heard; o.parentElement.dataset.heard = o === this.heard; }
    this.tell();
  }
  captions(on) { for (const v of this.videos) for (const t of v.textTracks) t.mode = on ? 'showing' : 'disabled'; }
  tell() {
    if (stage && stage !== this || !this.lead.isConnected) return; // a newer one took its place
    const t = this.lead.currentTime;
    for (const v of this.videos) if (v !== this.lead && Math.abs(v.currentTime - t) > 0.12 && v.readyState > 1) v.currentTime = t;
    document.querySelector('.stage-bar [data-do=play]').dataset.playing = !this.lead.paused;
    document.querySelector('.stage-bar [data-do=mute]').dataset.mute = !this.heard;
    const scrub = $('scrub');
    if (document.activeElement !== scrub || !this.scrubbing) scrub.value = this.length ? t / this.length * 1000 : 0;
    $('shown').textContent = t.toFixed(2) + ' / ' + this.length.toFixed(2) + ' s';
  }
}

// --- Trim: exact, in nanoseconds of programme time.
const trim = { in: 0n, out: 0n, was: { in: 0n, out: 0n } };
const nanos = (text) => { const [whole, part = ''] = text.replace('Z', '').split('.'); return BigInt(Date.parse(whole + 'Z')) * 1000000n + BigInt(part.padEnd(9, '0')); };
const moment = (ns) => new Date(Number(ns / 1000000000n) * 1000).toISOString().slice(0, 19) + '.' + String(ns % 1000000000n).padStart(9, '0') + 'Z';
const rate = () => item.dataset.rate.split('/').map(BigInt);
const frame = () => { const [n, d] = rate(); return n ? Number(d) / Number(n) : 0.04; };

/** Moves an edge by seconds or frames; frames count from where it was, so that they never drift. */
function nudge(edge, by) {
  const n = BigInt(parseInt(by, 10)), [num, den] = rate();
  if (by.endsWith('s')) trim[edge] += n * 1000000000n;
  else if (num) {
    const frames = BigInt(Math.round(Number(trim[edge] - trim.was[edge]) * Number(num) / Number(den) / 1e9)) + n;
    trim[edge] = trim.was[edge] + frames * den * 1000000000n / num;
  }
  showTrim();
}

/** Sets an edge to the picture shown. */
function here(edge) {
  if (!$('trim') || !stage) return;
  if (item.dataset.gaps !== '0') { toast('Part of this was not recorded, so pictures cannot be counted. Use the buttons.', { bad: true }); return; }
  const [num, den] = rate();
  const frames = BigInt(Math.floor(stage.lead.currentTime / frame() + 0.001));
  trim[edge] = trim.was.in + (num ? frames * den * 1000000000n / num : 0n);
  showTrim();
}

function showTrim() {
  for (const edge of ['in', 'out']) {
    const n = document.querySelector(`.nudge[data-edge=${edge}]`);
    n.classList.toggle('moved', trim[edge] !== trim.was[edge]);
    n.querySelector('output').textContent = moment(trim[edge]).slice(11, 23);
  }
  const moved = trim.in !== trim.was.in || trim.out !== trim.was.out, ok = trim.out > trim.in, length = Number(trim.out - trim.in) / 1e9;
  $('trim-say').textContent = !ok ? 'The out lies before the in.' : `${length.toFixed(2)} s. ` + (moved ? sayMoved() : 'Nothing moved.');
  $('trim-do').disabled = !moved || !ok;
  $('trim-undo').hidden = !moved;
  const total = Number(trim.was.out - trim.was.in), cut = $('cut');
  if (cut) { // what is cut away is dark on the scrubber
    const a = Math.max(0, Number(trim.in - trim.was.in) / total * 100), b = Math.min(100, Number(trim.out - trim.was.in) / total * 100);
    cut.style.background = moved ? `linear-gradient(90deg, rgb(255 92 92 / .45) ${a}%, transparent ${a}% ${b}%, rgb(255 92 92 / .45) ${b}%)` : '';
  }
}
function sayMoved() {
  const [n, d] = rate(), f = (ns) => Math.round(Number(ns) * Number(n) / Number(d) / 1e9), parts = [];
  for (const e of ['in', 'out']) { const by = f(trim[e] - trim.was[e]); if (by) parts.push(`${e === 'in' ? 'In' : 'Out'} ${Math.abs(by)} ${Math.abs(by) === 1 ? 'frame' : 'frames'} ${by < 0 ? 'earlier' : 'later'}`); }
  return parts.join(', ') + '.';
}

async function doTrim() {
  $('trim-do').disabled = true;
  try {
    await api('POST', $('trim').dataset.api, { revision: revision(), in: moment(trim.in), out: moment(trim.out) });
    toast($('trim').dataset.said);
    await reload();
    changed('highlight');
  } catch (p) { refused(p); showTrim(); }
}

/** Saves the captions, or takes the feed's own again. */
async function caption(how, said) {
  try {
    await how();
    toast(said);
    await reload();
    changed('highlight');
  } catch (p) { refused(p); }
}

// --- Texts. The server counts: the desk has no idea of its own of a length.
const revision = () => Number(item.dataset.revision);
const drafts = () => [...document.querySelectorAll('.draft')];
const dirty = (d) => ['text', 'alt', 'shape', 'not_before'].some((n) => d.elements[n] && d.elements[n].value !== d.elements[n].dataset.was);

function watch(d) {
  const at = d.elements.not_before;
  if (at?.dataset.value) { const t = new Date(at.dataset.value); at.value = new Date(t - t.getTimezoneOffset() * 60000).toISOString().slice(0, 16); }
  for (const n of ['text', 'alt', 'shape', 'not_before']) if (d.elements[n]) d.elements[n].dataset.was = d.elements[n].value;
  let wait;
  d.addEventListener('input', () => { mirror(d); edited(); clearTimeout(wait); wait = setTimeout(() => count(d), 120); });
  mirror(d);
  near(d);
}

/** The phone shows the text as it is written. */
function mirror(d) { for (const o of document.querySelectorAll('.over-text')) if (o.dataset.for === d.dataset.destination) o.textContent = d.elements.text.value; }

async function count(d) {
  const text = d.elements.text.value, alt = d.elements.alt.value;
  try {
    const c = await api('POST', '/api/v1/destinations/' + d.dataset.destination + '/count', { text, alt });
    if (text !== d.elements.text.value || alt !== d.elements.alt.value) return; // written on since
    d.querySelector('[data-counter]').textContent = c.text + (c.max_text ? ' / ' + c.max_text : '');
    d.querySelector('[data-alt-counter]').textContent = c.alt + (c.max_alt ? ' / ' + c.max_alt : '');
    d.querySelector('[data-counter]').classList.toggle('over-limit', !c.fits);
    const problem = d.querySelector('[data-problem]');
    problem.hidden = c.fits;
    problem.textContent = c.reason ?? '';
    near(d);
    edited();
  } catch (p) { refused(p); }
}
function near(d) { const c = d.querySelector('[data-counter]'), [n, max] = c.textContent.split('/').map(Number); c.classList.toggle('near', max > 0 && n > max * 0.9 && n <= max); }

function edited() {
  let any = false;
  for (const d of drafts()) {
    const is = dirty(d);
    any ||= is;
    d.classList.toggle('dirty', is);
    const b = d.querySelector('[data-save]');
    if (b) b.disabled = !is || !d.querySelector('[data-problem]').hidden;
  }
  if ($('approve')) $('approve').firstChild.textContent = any ? 'Save texts and approve ' : 'Approve ';
}

async function save(d) {
  const body = { revision: revision(), text: d.elements.text.value, alt: d.elements.alt.value };
  if (d.elements.shape) body.shape = d.elements.shape.value;
  if (d.elements.not_before) body.not_before = d.elements.not_before.value ? new Date(d.elements.not_before.value).toISOString() : '0001-01-01T00:00:00Z';
  const h = await api('PATCH', d.dataset.api, body);
  item.dataset.revision = h.revision;
  item.dataset.state = h.state;
  for (const n of ['text', 'alt', 'shape', 'not_before']) if (d.elements[n]) d.elements[n].dataset.was = d.elements[n].value;
  edited();
}

// --- The decision.
function refused(p) {
  if (p.status === 409) { conflict(words(p)); return; }
  const say = $('decide-problem');
  if (say) { say.textContent = words(p); say.hidden = false; } else toast(words(p), { bad: true });
}

let deciding = false;
async function decide(verdict, reason) {
  if (deciding || item?.dataset.waits !== 'true' || !$('verdicts')) return;
  deciding = true;
  for (const b of document.querySelectorAll('#decide button')) b.disabled = true;
  try {
    if (verdict === 'approve') for (const d of drafts()) if (dirty(d)) await save(d);
    const body = { revision: revision(), verdict };
    if (reason) body.reason = reason;
    await api('POST', '/api/v1/highlights/' + item.dataset.id + '/decisions', body);
    const title = document.querySelector('.item-head h1').textContent;
    toastNext((verdict === 'approve' ? 'Approved: ' : 'Refused: ') + title, verdict === 'approve' ? { href: '/posts', link: 'See its posts' } : {});
    location.assign(neighbour(1) ?? neighbour(-1) ?? '/review');
  } catch (p) {
    refused(p);
    for (const b of document.querySelectorAll('#decide button')) b.disabled = false;
  } finally { deciding = false; }
}

function openRefusal(open) {
  if (!$('refuse-form')) return;
  $('refuse-form').hidden = !open;
  $('verdicts').hidden = open;
  if (open) $('refuse-form').elements.reason.focus();
}

function neighbour(by) {
  const all = [...document.querySelectorAll('.queued')], i = all.findIndex((a) => a.dataset.id === item?.dataset.id);
  return all[i + by]?.href;
}

// --- Somebody else was faster.
function conflict(text) {
  const c = $('changed');
  c.hidden = false;
  c.textContent = text;
  const b = document.createElement('button');
  b.type = 'button';
  b.textContent = 'Show it as it is now';
  b.addEventListener('click', reload);
  c.append(b);
  c.scrollIntoView({ block: 'nearest' });
}

async function look(e) {
  if (!item || e.detail && !e.detail.some((x) => x.id === item.dataset.id)) return;
  const now = await api('GET', '/api/v1/highlights/' + item.dataset.id).catch(() => null);
  if (!now || deciding) return;
  const h = now.highlight, last = now.decisions[now.decisions.length - 1];
  if (String(h.revision) === item.dataset.revision && h.state === item.dataset.state && (h.renditions?.length ?? 0) === document.querySelectorAll('.shape').length) return;
  const mine = drafts().some(dirty) || $('trim-do')?.disabled === false || captions?.dirty;
  if (!mine && item.dataset.waits !== 'true') { reload(); return; }
  if (!mine && h.state === 'review' && document.querySelectorAll('.shape').length === 0) { reload(); return; }
  conflict(last && last.revision === Number(item.dataset.revision) && (h.state === 'approved' || h.state === 'settled' || h.state === 'refused')
    ? `${last.by} ${last.verdict === 'approve' ? 'approved' : 'refused'} this while you looked at it.`
    : `This changed while you looked at it (revision ${item.dataset.revision} → ${h.revision}).`);
}
document.body.addEventListener('ovation-highlight', look);

async function reload() {
  await globalThis.htmx.ajax('GET', '/review/' + item.dataset.id + '?part=open', { target: '#open', swap: 'outerHTML' });
  begin();
}

// --- Keys and buttons do the same things.
const does = {
  play: () => stage?.toggle(), mute: () => stage?.hear(stage.heard ?? stage.lead),
  captions: () => { const b = document.querySelector('[data-do=captions]'), on = b.getAttribute('aria-pressed') !== 'true'; b.setAttribute('aria-pressed', on); stage?.captions(on); },
};
document.addEventListener('click', (e) => {
  const b = e.target.closest('button');
  if (!b) return;
  if (b.dataset.do) does[b.dataset.do]?.();
  if (b.dataset.by) nudge(b.parentElement.dataset.edge, b.dataset.by);
  if ('here' in b.dataset) here(b.parentElement.dataset.edge);
  if (b.dataset.reason) { const r = $('refuse-form').elements.reason; r.value = b.dataset.reason; r.focus(); }
  if (b.id === 'approve') decide('approve');
  if (b.id === 'refuse') openRefusal(true);
  if (b.id === 'refuse-not') openRefusal(false);
  if (b.id === 'captions-back') caption(() => captions.back(revision()), 'The feed\u2019s own captions are back.');
  if (b.id === 'trim-undo') { trim.in = trim.was.in; trim.out = trim.was.out; showTrim(); }
});
document.addEventListener('submit', (e) => {
  const f = e.target;
  if (f.id === 'refuse-form') { e.preventDefault(); decide('refuse', f.elements.reason.value); }
  if (f.id === 'captions') { e.preventDefault(); caption(() => captions.save(revision()), f.dataset.said); }
  if (f.id === 'trim') { e.preventDefault(); doTrim(); }
  if (f.classList.contains('draft')) { e.preventDefault(); save(f).then(() => { toast(f.dataset.said); changed('highlight'); }, refused); }
}, true);
document.addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const name = e.key.toLowerCase();
  if (name === 'escape') { openRefusal(false); e.target.blur?.(); return; }
  if (writing(e) || (name === ' ' || name === 'enter') && e.target.closest('a, button, summary')) return;
  const go = (by) => { const to = neighbour(by); if (to) location.assign(to); };
  const keys = { a: () => decide('approve'), r: () => openRefusal(true), j: () => go(1), k: () => go(-1), ' ': does.play, m: does.mute, c: does.captions,
    ',': () => stage?.step(-1), '.': () => stage?.step(1), i: () => here('in'), o: () => here('out') };
  if (keys[name]) { e.preventDefault(); keys[name](); }
});

function begin() {
  if (item && item === $('item')) return;
  item = $('item');
  stage = $('stage') ? new Stage($('stage')) : null;
  if (!item) return;
  for (const d of drafts()) watch(d);
  if ($('trim')) { trim.was = { in: nanos(item.dataset.in), out: nanos(item.dataset.out) }; trim.in = trim.was.in; trim.out = trim.was.out; showTrim(); }
  captions = $('captions') ? new Captions($('captions'), stage) : null;
  if (stage) $('scrub').addEventListener('input', (e) => { stage.scrubbing = true; stage.seek(e.target.value / 1000 * stage.length); stage.scrubbing = false; });
  document.querySelector('.queued[aria-current]')?.scrollIntoView({ block: 'nearest' });
}
begin();
document.addEventListener('htmx:after:swap', begin);
