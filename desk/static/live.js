// The Live page: marks, flags, the moments list beside the player.
import { api, changed, key, toast, words, writing } from './api.js';
import { Player } from './player.js';
import { Timeline } from './timeline.js';
import { stamp } from './positions.js';

const $ = (id) => document.getElementById(id);
const root = $('live'), video = $('video'), form = $('marks');
const player = new Player(video, root.dataset.feed, root.dataset.worker, root.dataset.proxy === 'true');
const marks = { in: null, out: null };

// --- The frame rate, for stepping: of the feed as it is now.
api('GET', '/api/v1/feeds/' + root.dataset.feed).then((f) => { const r = f.health.format.rate; if (r.num) player.rate = r.num / r.den; }).catch(() => {});

// --- Moments are rows of the list beside the player.
function moments() {
  return Array.from(document.querySelectorAll('.moment'), (m) => ({
    id: m.dataset.id, in: Date.parse(m.dataset.in), out: m.dataset.out ? Date.parse(m.dataset.out) : null,
    title: m.dataset.title, kind: m.dataset.kind, open: m.dataset.open === 'true', tone: m.dataset.tone,
  })).map((m) => ({ ...m, out: m.out === m.in ? m.in + 1 : m.out ?? (m.open ? null : m.in + 1) }));
}
let rows = moments();
const newestOpen = () => rows.filter((m) => m.open).sort((a, b) => b.in - a.in)[0];

const timeline = new Timeline($('timeline'), () => ({
  runs: player.runs, moments: rows, at: player.clock ?? 0, live: player.live ?? 0,
  in: marks.in?.clock ?? null, out: marks.out?.clock ?? null,
}), (ms) => player.seek(ms), root.dataset.feed);
$('timeline').addEventListener('zoomed', () => { $('zoom-say').textContent = timeline.say(); });
$('zoom-say').textContent = timeline.say();

document.addEventListener('htmx:after:swap', () => { copied(); rows = moments(); guide(); timeline.draw(); });

player.addEventListener('change', function fit() {
  const r = player.runs;
  if (!r.length) return;
  player.removeEventListener('change', fit);
  timeline.fit((player.live - r[0].from) / 1000);
  $('zoom-say').textContent = timeline.say();
});

// --- What the player shows.
player.addEventListener('change', () => {
  const clock = player.clock;
  if (clock !== null) $('timecode').textContent = stamp(clock);
  $('play').dataset.playing = !video.paused;
  $('mute').dataset.mute = video.muted;
  $('go-live').dataset.live = player.atLive;
  $('behind').textContent = player.atLive || clock === null ? '' : '−' + length(player.behind) + ' behind live';
  $('speed').hidden = player.speed === 1;
  $('speed').textContent = player.speed + '×';
  if (marks.in && !marks.out) $('mark-length').textContent = length(Math.max(0, ((clock ?? 0) - marks.in.clock) / 1000)) + ' …';
  timeline.draw();
});
const copied = () => { if (player.proxy) $('proxy-badge').hidden = false; };
player.addEventListener('proxy', copied);
player.addEventListener('gone', () => toast('What you were watching is not recorded any more. This is the oldest part.'));
player.addEventListener('say', () => {
  $('screen-say').textContent = player.saying || '';
  $('screen').dataset.state = player.saying ? 'say' : 'ok';
});
const length = (s) => s < 60 ? s.toFixed(1) + ' s' : Math.floor(s / 60) + ':' + String(Math.floor(s % 60)).padStart(2, '0');

// --- Marks. Both are the position of the picture that is shown: the mark-in
// is the first picture wanted, the mark-out the first one not wanted.
function flash(kind) { const f = $('flash'); f.className = 'flash'; void f.offsetWidth; f.classList.add(kind); }

function mark(edge) {
  if (!form) return;
  if (!player.shown) { say('The picture has no position yet. Wait until it plays, then mark again.', true); return; }
  const open = newestOpen();
  if (edge === 'out' && !marks.in && open) { close(open.id); return; }
  marks[edge] = player.shown;
  flash(edge);
  show();
}

function clear() { marks.in = marks.out = null; show(); }

function show() {
  for (const edge of ['in', 'out']) {
    const slot = $('slot-' + edge);
    slot.classList.toggle('set', marks[edge] !== null);
    slot.querySelector('output').textContent = marks[edge] ? stamp(marks[edge].clock) : '–';
  }
  const n = marks.in && marks.out ? (marks.out.clock - marks.in.clock) / 1000 : null;
  $('mark-length').textContent = n === null ? '' : n > 0 ? length(n) : '';
  if (n > 0) loudness(marks.in, marks.out, length(n));
  $('clear').hidden = !marks.in && !marks.out;
  guide();
  timeline.draw();
}

/** How loud the marked span is, beside its length. */
function loudness(from, to, long) {
  timeline.heard.loudnessOf(from.text, to.text).then((loud) => {
    if (loud && marks.in === from && marks.out === to) $('mark-length').textContent = long + ' · ' + loud;
  }).catch(() => {}); // its length stands there
}

function say(html, bad = false) { const s = $('marks-say'); if (!s) return; s.classList.toggle('bad', bad); if (bad) s.textContent = html; else s.innerHTML = html; }

function guide() {
  if (!form) return;
  const open = newestOpen();
  if (marks.in && marks.out && marks.out.clock <= marks.in.clock) say('The mark-out lies before the mark-in. Go on in the recording and press O again.', true);
  else if (marks.in && marks.out) say('Choose a kind, say what happened, and press <kbd>Enter</kbd>.');
  else if (marks.in) say('<kbd>Enter</kbd> flags it as still going on: it is rendered while it happens. Or press <kbd>O</kbd> where it ends.');
  else if (marks.out) say('Now go back and press <kbd>I</kbd> where it starts.');
  else if (open) { say('<b></b> is still going on. <kbd>O</kbd> ends it at the picture you see.'); $('marks-say').querySelector('b').textContent = open.title || open.kind || 'A moment'; }
  else say('Press <kbd>I</kbd> where it starts. Press <kbd>O</kbd> where it ends, or <kbd>Enter</kbd> at once while it still goes on.');
}

// --- Flagging and closing.
let sending = null; // the key stays until the flag is answered, so that a second press is the same moment
async function flag() {
  if (!marks.in) { mark('in'); if (!marks.in) return; }
  if (marks.out && marks.out.clock <= marks.in.clock) { guide(); return; }
  sending ??= key();
  const kind = form.elements.kind.value || $('other-kind').value.trim().toLowerCase();
  const wish = { feed: root.dataset.feed, in: marks.in.text, source: 'desk', key: sending };
  if (marks.out) wish.out = marks.out.text;
  if (kind) wish.kind = kind;
  if ($('title').value.trim()) wish.title = $('title').value.trim();
  $('flag').disabled = true;
  try {
    const made = await api('POST', '/api/v1/moments', wish);
    sending = null;
    flash('done');
    toast(marks.out ? 'Flagged. Its clip is being made.' : 'Flagged, and still going on. Press O when it is over.', marks.out ? { href: '/review/' + made.moment.id, link: 'Open' } : {});
    form.reset();
    $('title').blur();
    clear();
    changed('moment');
  } catch (p) {
    if (p.status >= 400 && p.status < 500) sending = null;
    say(words(p), true);
  } finally { $('flag').disabled = false; }
}

async function close(id) {
  if (!player.shown) return;
  try {
    await api('POST', '/api/v1/moments/' + id + '/close', { out: player.shown.text });
    flash('out');
    toast('Closed. Only the last piece is still to be rendered.', { href: '/review/' + id, link: 'Open' });
    changed('moment');
  } catch (p) { say(words(p), true); }
}

// --- Buttons and keys do the same things.
const does = {
  play: () => player.toggle(), back10: () => player.by(-10), forward10: () => player.by(10),
  'frame-back': () => player.step(-1), 'frame-forward': () => player.step(1), live: () => player.goLive(),
  mute: () => { video.muted = !video.muted; $('mute').dataset.mute = video.muted; }, full: () => document.fullscreenElement ? document.exitFullscreen() : $('screen').requestFullscreen(),
  in: () => mark('in'), out: () => mark('out'), clear,
  'zoom-in': () => zoom(-1), 'zoom-out': () => zoom(1),
};
function zoom(n) { timeline.zoomBy(n); $('zoom-say').textContent = timeline.say(); }

document.addEventListener('click', (e) => {
  const b = e.target.closest('[data-do], [data-jump], [data-close]');
  if (!b) return;
  if (b.dataset.do) does[b.dataset.do]?.();
  if (b.dataset.jump) player.seek(Date.parse(b.dataset.jump));
  if (b.dataset.close) close(b.dataset.close);
});
form?.addEventListener('submit', (e) => { e.preventDefault(); flag(); });
$('other-kind')?.addEventListener('input', () => { for (const r of form.querySelectorAll('[name=kind]')) r.checked = false; });
$('feed-switch').addEventListener('change', (e) => location.assign('/watch/' + e.target.value));

const keys = {
  i: does.in, o: does.out, ' ': does.play, k: does.play, j: () => player.shuttle(-1), l: () => player.shuttle(1),
  ',': does['frame-back'], '.': does['frame-forward'], g: does.live, m: does.mute, f: does.full,
  t: () => $('title')?.focus(), '+': does['zoom-in'], '=': does['zoom-in'], '-': does['zoom-out'], escape: clear,
  '[': () => marks.in && player.seekMedia(marks.in.mediaTime + 0.001), ']': () => marks.out && player.seekMedia(marks.out.mediaTime + 0.001),
  enter: () => { if (form) flag(); },
};
document.addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const name = e.key.toLowerCase();
  if (writing(e)) { if (name === 'escape') e.target.blur(); return; }
  if ((name === 'enter' || name === ' ') && e.target.closest('a, button, summary')) return;
  if (name === 'arrowleft' || name === 'arrowright') { e.preventDefault(); player.by((name === 'arrowleft' ? -1 : 1) * (e.shiftKey ? 1 : 10)); return; }
  if (form && /^[1-9]$/.test(name)) { const r = form.querySelectorAll('[name=kind]')[name - 1]; if (r) r.checked = !r.checked; return; }
  if (keys[name]) { e.preventDefault(); keys[name](); }
});

// For tests and for the curious: what is shown, exactly.
globalThis.desk = { player, marks, timeline };
guide();
