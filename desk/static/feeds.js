// The Feeds page: a source is looked at before it is recorded.
import { api, changed, toast, words } from './api.js';
import { fields } from './desk.js';

const form = document.getElementById('add-feed');
const found = document.getElementById('found'), anyway = document.getElementById('add-anyway');
const buttons = form.querySelectorAll('button');

/** Says what was found, or what went wrong, under the form. */
function say(tone, head, lines) {
  found.hidden = !head;
  found.dataset.tone = tone;
  const b = document.createElement('b'), list = document.createElement('ul');
  b.textContent = head;
  for (const line of lines) list.append(Object.assign(document.createElement('li'), { textContent: line }));
  found.replaceChildren(b, list);
}

/** Calls the API while the buttons wait; looking at a source takes some seconds. */
async function ask(path, body, wait) {
  anyway.hidden = true;
  say('busy', wait, []);
  for (const b of buttons) b.disabled = true;
  try { return await api('POST', path, body); } finally { for (const b of buttons) b.disabled = false; }
}

async function add(more) {
  const body = fields(form);
  try {
    const made = await ask('/api/v1/feeds', { ...body, ...more }, more.no_probe ? 'Adding it…' : 'Looking at the source. This takes up to 15 seconds…');
    const f = made.found;
    toast((made.feed.title || made.feed.id) + (f?.waiting ? ' is added, and waits.' : ' is recorded from now on.'));
    say('good', '', []);
    if (f?.waiting || f?.warnings?.length) say('wait', made.feed.id + ' was added, but note:', [f.waiting, ...(f.warnings ?? [])].filter(Boolean).map(capital));
    form.reset();
    changed('feed');
  } catch (p) {
    say('bad', 'Nothing was added.', [capital(words(p).replace(/^add feed [^:]*: nothing was added: /, '').replace(/^probe feed [^:]*: /, '').replace(/; mend it, or add the feed without probing.*$/, ''))]);
    anyway.hidden = !/without probing/.test(words(p));
  }
}

async function probe() {
  const { url, allow_private, audio } = fields(form);
  if (!form.elements.url.reportValidity()) return;
  try {
    const { found: f, words: lines } = await ask('/api/v1/feeds/probe', { url, allow_private, audio }, 'Looking at the source. This takes up to 15 seconds…');
    say(f.waiting || f.warnings?.length ? 'wait' : 'good', f.waiting ? 'Nothing comes yet.' : 'The source gives:', [...lines, ...(f.warnings ?? [])].map(capital));
  } catch (p) { say('bad', 'The source gives nothing.', [capital(words(p).replace(/^probe feed probe: /, ''))]); }
}

const capital = (s) => s.charAt(0).toUpperCase() + s.slice(1);

form.addEventListener('submit', (e) => { e.preventDefault(); add({}); });
document.getElementById('probe').addEventListener('click', probe);
anyway.addEventListener('click', () => add({ no_probe: true }));
