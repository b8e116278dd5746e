// The captions of a highlight: written once, shown in every shape.
import { api } from './api.js';

const second = 1e9; // nanoseconds, as the API counts

/** The card's lines, and what was done to them. */
export class Captions {
  constructor(form, stage) {
    this.form = form;
    this.list = form.querySelector('ol');
    this.stage = stage;
    for (const row of this.list.children) row.querySelector('textarea').dataset.was = row.querySelector('textarea').value;
    form.addEventListener('input', () => this.tell());
    form.addEventListener('click', (e) => this.click(e.target.closest('button')));
    this.tell();
  }

  rows() { return [...this.list.children]; }

  get dirty() { return this.rows().some((r) => r.dataset.removed || !r.dataset.epoch || this.text(r) !== r.querySelector('textarea').dataset.was); }

  text(row) { return row.querySelector('textarea').value; }

  click(b) {
    if (!b) return;
    if ('seek' in b.dataset) this.stage?.seek(Number(b.closest('li').dataset.at) / second);
    if ('remove' in b.dataset) this.remove(b.closest('li'));
    if ('add' in b.dataset) this.add();
  }

  /** Takes a line out, or back in; one that was never saved goes for good. */
  remove(row) {
    if (!row.dataset.epoch) row.remove();
    else if (row.dataset.removed) delete row.dataset.removed;
    else row.dataset.removed = 'true';
    this.tell();
  }

  /** Adds a line at the picture shown. */
  add() {
    const at = Math.round((this.stage?.lead.currentTime ?? 0) * second);
    const row = document.getElementById('caption-line').content.firstElementChild.cloneNode(true);
    row.dataset.at = at;
    const after = this.rows().find((r) => Number(r.dataset.at) > at);
    this.list.insertBefore(row, after ?? null);
    this.tell();
    row.querySelector('textarea').focus();
  }

  tell() {
    for (const row of this.rows()) {
      row.querySelector('[data-seek]').textContent = (Number(row.dataset.at) / second).toFixed(1) + ' s';
      row.classList.toggle('dirty', this.text(row) !== row.querySelector('textarea').dataset.was);
    }
    this.form.querySelector('[type=submit]').disabled = !this.dirty;
    this.form.querySelector('[data-none]').hidden = this.list.children.length > 0;
  }

  /** The lines as the API takes them: by their place on the feed where they have one. */
  lines() {
    return this.rows().filter((r) => !r.dataset.removed && this.text(r).trim()).map((r) => {
      const d = r.dataset, line = { text: this.text(r), lang: d.lang || undefined };
      if (d.epoch) return { ...line, epoch: Number(d.epoch), from: Number(d.from), to: Number(d.to) };
      return { ...line, at: Number(d.at), for: Math.round(Number(r.querySelector('input').value) * second) };
    });
  }

  save(revision) { return api('PUT', this.form.dataset.api, { revision, captions: this.lines() }); }

  back(revision) { return api('DELETE', this.form.dataset.api + '?revision=' + revision); }
}
