// The one way in which pages change anything: the API that programs use.

/** Asks the API. Throws the problem document where it refuses. */
export async function api(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw { status: 0, title: 'The desk does not answer', detail: 'Check the network, then try again. Nothing was changed, or you will see it here.' };
  }
  if (answer.status === 401) location.assign('/sign-in?next=' + encodeURIComponent(location.pathname));
  if (answer.status === 204) return null;
  const text = await answer.text();
  let value = null;
  try { value = JSON.parse(text); } catch { /* not ours: a proxy's page */ }
  if (answer.ok) return value;
  throw value?.title ? value : { status: answer.status, title: 'The desk could not do this', detail: 'It answered ' + answer.status + '. Try again.' };
}

/** What a problem says, for people: what was attempted stands before the first colon. */
export const words = (p) => p.detail || p.title || String(p);

/** Says something for a moment. */
export function toast(text, { bad = false, href, link } = {}) {
  const t = document.createElement('div');
  t.className = bad ? 'toast bad' : 'toast';
  t.append(text);
  if (href) {
    const a = document.createElement('a');
    a.href = href;
    a.textContent = link;
    t.append(a);
  }
  const all = document.getElementById('toasts');
  all.append(t);
  while (all.children.length > 3) all.firstChild.remove();
  setTimeout(() => t.remove(), bad ? 9000 : 5000);
}

/** Says something that survives going to another page. */
export function toastNext(text, more) { sessionStorage.setItem('toast', JSON.stringify([text, more])); }

/** Tells the page's parts that something changed: they load themselves again. */
export function changed(...kinds) {
  for (const kind of kinds) document.body.dispatchEvent(new CustomEvent('ovation-' + kind));
  document.body.dispatchEvent(new CustomEvent('ovation-change'));
}

/** An id that no other press of a button has; works without TLS as well. */
export const key = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');

/** Asks before something that is hard to undo. */
export function confirm(text, does) {
  const d = document.createElement('dialog');
  d.className = 'confirm';
  d.innerHTML = '<form method="dialog"><h2></h2><p class="dim"></p><div class="row"><button value="">Back</button><button class="danger" value="yes"></button></div></form>';
  d.querySelector('h2').textContent = does;
  d.querySelector('p').textContent = text;
  d.querySelector('.danger').textContent = does;
  document.body.append(d);
  d.showModal();
  return new Promise((done) => d.addEventListener('close', () => { d.remove(); done(d.returnValue === 'yes'); }));
}

/** Is somebody writing, so that keys are letters? */
export const writing = (e) => e.target.closest?.('textarea, select, dialog, [contenteditable], input:not([type=range], [type=radio], [type=checkbox])') != null;
