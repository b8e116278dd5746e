// The timeline under the player: what is recorded, how loud it is, moments,
// gaps, the marks.
import { Heard } from './heard.js';
import { stamp } from './positions.js';

const STEPS = [30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400]; // seconds that are seen
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
const OVERVIEW = 16; // px of the strip that shows all

export class Timeline {
  /** state() gives { runs, moments, at, live, in, out } in programme ms; seek(ms) moves the player. */
  constructor(canvas, state, seek, feed) {
    Object.assign(this, { canvas, state, seek, zoom: 3, centre: null, hover: null, heard: new Heard(feed, () => this.draw()) });
    this.pen = canvas.getContext('2d');
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: light)').addEventListener('change', () => { this.colours = null; this.draw(); });
    canvas.addEventListener('pointerdown', (e) => this.#down(e));
    canvas.addEventListener('pointermove', (e) => this.#move(e));
    canvas.addEventListener('pointerup', () => { this.drag = null; });
    canvas.addEventListener('pointerleave', () => { this.hover = null; this.draw(); });
    canvas.addEventListener('wheel', (e) => this.#wheel(e), { passive: false });
  }

  get seconds() { return STEPS[this.zoom]; }

  zoomBy(n) { this.zoom = Math.min(STEPS.length - 1, Math.max(0, this.zoom + n)); this.centre = null; this.draw(); }

  /** Shows as much as there is, at first, where that is little. */
  fit(recorded) { const i = STEPS.findIndex((s) => s >= recorded); if (i >= 0 && i < this.zoom) this.zoom = i; }

  say() { const s = this.seconds; return s < 60 ? s + ' s' : s < 3600 ? s / 60 + ' min' : s / 3600 + ' h'; }

  /** What is seen: around the shown picture, never beyond the live end by more than a little. */
  #view(s) {
    const length = this.seconds * 1000, head = s.live + length * 0.04;
    let to = this.centre === null ? s.at + length * 0.3 : this.centre + length / 2;
    to = Math.min(to, head);
    return { from: to - length, to };
  }

  #x(ms, v, w) { return (ms - v.from) / (v.to - v.from) * w; }

  #time(e) {
    const s = this.state(), box = this.canvas.getBoundingClientRect(), v = this.#view(s);
    const x = e.clientX - box.left;
    if (e.clientY - box.top > box.height - OVERVIEW - 2 && s.runs.length) {
      const from = s.runs[0].from;
      return { overview: true, ms: from + x / box.width * (s.live - from) };
    }
    return { overview: false, ms: v.from + x / box.width * (v.to - v.from), perPixel: (v.to - v.from) / box.width };
  }

  #down(e) {
    this.canvas.setPointerCapture(e.pointerId);
    const t = this.#time(e);
    this.drag = { pan: e.shiftKey || e.button === 1, x: e.clientX, overview: t.overview };
    if (!this.drag.pan) { this.centre = null; this.seek(t.ms); }
  }

  #move(e) {
    const t = this.#time(e);
    this.hover = t.overview ? null : t.ms;
    if (this.drag?.pan) {
      const s = this.state(), v = this.#view(s);
      this.centre = (v.from + v.to) / 2 - (e.clientX - this.drag.x) * t.perPixel;
      this.drag.x = e.clientX;
    } else if (this.drag) this.seek(t.ms);
    this.draw();
  }

  #wheel(e) {
    e.preventDefault();
    const s = this.state(), v = this.#view(s);
    if (Math.abs(e.deltaX) > Math.abs(e.deltaY) || e.shiftKey) {
      this.centre = (v.from + v.to) / 2 + (e.deltaX || e.deltaY) / 800 * (v.to - v.from);
      this.draw();
    } else this.zoomBy(e.deltaY > 0 ? 1 : -1);
    this.canvas.dispatchEvent(new Event('zoomed'));
  }

  #ink() {
    if (!this.colours) {
      const css = getComputedStyle(document.documentElement), of = (n) => css.getPropertyValue('--' + n).trim();
      this.colours = { panel: of('panel'), raise: of('raise'), line: of('line-strong'), text: of('text'), dim: of('dim'), gold: of('gold'), red: of('red'), green: of('green'), blue: of('blue'), hover: of('hover') };
    }
    return this.colours;
  }

  draw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; this.#draw(); });
  }

  #draw() {
    const { canvas, pen } = this, box = canvas.getBoundingClientRect(), scale = devicePixelRatio || 1;
    if (!box.width) return;
    if (canvas.width !== Math.round(box.width * scale)) { canvas.width = Math.round(box.width * scale); canvas.height = Math.round(box.height * scale); }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const w = box.width, h = box.height, c = this.#ink(), s = this.state();
    pen.clearRect(0, 0, w, h);
    if (!s.runs.length) return;
    const v = this.#view(s), x = (ms) => this.#x(ms, v, w), top = 22, bottom = h - OVERVIEW - 6;
    const track = { top, bottom }, hover = this.drag ? null : this.hover;
    this.#recorded(s, x, top, bottom, c, w);
    const level = this.heard.drawLevels(pen, this.heard.levels(v, w, s.live), x, track, c, hover);
    this.#axis(v, x, top, bottom, c, w);
    const all = [...s.moments].sort((a, b) => a.in - b.in);
    all.forEach((m, i) => this.#moment(m, x(m.in), x(m.out ?? s.live), (i + 1 < all.length ? x(all[i + 1].in) : w) - x(m.in), top, bottom, c, w));
    const mark = this.heard.drawMarks(pen, this.heard.marks(v, s.live), x, track, c, hover);
    this.#marks(s, x, top, bottom, c);
    this.#heads(s, x, top, bottom, c, w, hover === null ? '' : this.heard.say(hover, level, mark));
    this.#overview(s, v, h, w, c);
    this.#describe(s);
  }

  #recorded(s, x, top, bottom, c, w) {
    const { pen } = this;
    pen.fillStyle = c.raise;
    for (const r of s.runs) {
      const a = Math.max(0, x(r.from)), b = Math.min(w, x(r.to));
      if (b > a) { pen.beginPath(); pen.roundRect(a, top, b - a, bottom - top, 4); pen.fill(); }
    }
    for (let i = 1; i < s.runs.length; i++) {
      const a = x(s.runs[i - 1].to), b = x(s.runs[i].from);
      if (b < 0 || a > w) continue;
      if (s.runs[i].from - s.runs[i - 1].to < 150) { // an encoder restart: nothing is missing
        pen.strokeStyle = c.dim; pen.setLineDash([3, 4]); this.#line(b, top, b, bottom); pen.setLineDash([]);
        continue;
      }
      pen.save(); pen.beginPath(); pen.rect(a, top, Math.max(2, b - a), bottom - top); pen.clip();
      pen.fillStyle = c.red; pen.globalAlpha = 0.16; pen.fillRect(a, top, Math.max(2, b - a), bottom - top);
      pen.globalAlpha = 0.6; pen.strokeStyle = c.red; pen.lineWidth = 1;
      for (let d = Math.floor(a / 8) * 8 - 80; d < b + 80; d += 8) this.#line(d, bottom, d + 60, top - 10);
      pen.restore();
      if (b - a > 80) this.#text('not recorded', (a + b) / 2, (top + bottom) / 2 + 4, c.red, 'center', 600);
    }
  }

  #axis(v, x, top, bottom, c, w) {
    const step = TICKS.find((t) => t * 1000 / (v.to - v.from) * w > 92) * 1000 || 3600000;
    for (let t = Math.ceil(v.from / step) * step; t < v.to; t += step) {
      this.pen.strokeStyle = c.line; this.pen.globalAlpha = 0.5; this.#line(x(t), top, x(t), bottom); this.pen.globalAlpha = 1;
      this.#text(stamp(t, 8), x(t) + 4, 14, c.dim, 'left', 500);
    }
  }

  /** A moment from x = a to b; its words have so much room before the next one. */
  #moment(m, a, b, room, top, bottom, c, w) {
    const { pen } = this, colour = m.open ? c.red : { good: c.green, wait: c.gold, busy: c.blue, bad: c.red }[m.tone] ?? c.dim;
    if (Math.max(b, a + room) < 0 || a > w) return;
    pen.fillStyle = colour; pen.globalAlpha = 0.26; pen.beginPath(); pen.roundRect(a, top + 4, Math.max(3, b - a), bottom - top - 8, 3); pen.fill();
    pen.globalAlpha = 1; pen.fillRect(a, top + 4, 3, bottom - top - 8);
    if (room < 50) return;
    pen.save(); pen.beginPath(); pen.rect(a, top, room - 6, bottom - top); pen.clip();
    const both = m.title && m.kind && room >= 76; // one of the two where there is little room
    this.#text(this.#fit((both ? m.title : m.kind || m.title) || 'moment', room - 16), a + 8, top + 20, both ? c.text : colour, 'left', 600, c.panel);
    if (both) this.#text(this.#fit(m.kind, room - 16), a + 8, top + 36, colour, 'left', 600, c.panel);
    pen.restore();
  }

  #marks(s, x, top, bottom, c) {
    if (s.in === null) { if (s.out !== null) this.#post(x(s.out), top, bottom, c.gold, -1); return; }
    const { pen } = this, a = x(s.in), b = x(s.out ?? s.at);
    pen.fillStyle = c.gold; pen.globalAlpha = s.out === null ? 0.14 : 0.26; pen.fillRect(a, top, b - a, bottom - top); pen.globalAlpha = 1;
    this.#post(a, top, bottom, c.gold, 1);
    if (s.out !== null) this.#post(b, top, bottom, c.gold, -1);
  }

  #post(x, top, bottom, colour, side) {
    const { pen } = this;
    pen.fillStyle = colour; pen.fillRect(x - 1.5, top - 3, 3, bottom - top + 6); pen.fillRect(side > 0 ? x : x - 9, top - 3, 9, 4); pen.fillRect(side > 0 ? x : x - 9, bottom - 1, 9, 4);
  }

  #heads(s, x, top, bottom, c, w, words) {
    const { pen } = this, live = x(s.live);
    pen.fillStyle = c.red; if (live <= w) pen.fillRect(live - 1, top - 4, 2, bottom - top + 8);
    if (words) { const hx = x(this.hover); pen.strokeStyle = c.dim; this.#line(hx, top, hx, bottom); this.#label(words, hx, bottom, c, w); }
    const at = x(s.at);
    pen.fillStyle = c.text; pen.fillRect(at - 1, top - 4, 2, bottom - top + 8);
    pen.beginPath(); pen.moveTo(at - 6, top - 8); pen.lineTo(at + 6, top - 8); pen.lineTo(at, top); pen.fill();
  }

  /** Words at the pointer, on their own ground: the curve lies behind them. */
  #label(words, at, bottom, c, w) {
    const { pen } = this;
    pen.font = '600 11.5px system-ui, sans-serif';
    const wide = pen.measureText(words).width + 10, left = Math.max(0, at + 6 + wide > w ? at - 6 - wide : at + 6);
    pen.fillStyle = c.panel; pen.globalAlpha = 0.85; pen.beginPath(); pen.roundRect(left, bottom - 20, wide, 17, 4); pen.fill(); pen.globalAlpha = 1;
    this.#text(words, left + 5, bottom - 7.5, c.text, 'left', 600);
  }

  #overview(s, v, h, w, c) {
    const { pen } = this, from = s.runs[0].from, x = (ms) => (ms - from) / Math.max(1, s.live - from) * w, y = h - OVERVIEW, t = OVERVIEW - 6;
    for (const r of s.runs) { pen.fillStyle = c.hover; pen.fillRect(x(r.from), y, Math.max(1, x(r.to) - x(r.from)), t); }
    for (const m of s.moments) { pen.fillStyle = m.open ? c.red : c.gold; pen.fillRect(x(m.in), y, Math.max(2, x(m.out ?? s.live) - x(m.in)), t); }
    pen.strokeStyle = c.text; pen.lineWidth = 1.5; pen.beginPath(); pen.roundRect(Math.max(1, x(v.from)), y - 1.5, Math.max(6, Math.min(w - 1, x(v.to)) - Math.max(1, x(v.from))), t + 3, 3); pen.stroke(); pen.lineWidth = 1;
    pen.fillStyle = c.text; pen.fillRect(x(s.at) - 1, y, 2, t);
  }

  #describe(s) {
    const { canvas } = this, from = s.runs[0].from;
    canvas.setAttribute('aria-valuemax', Math.round((s.live - from) / 1000));
    canvas.setAttribute('aria-valuenow', Math.round((s.at - from) / 1000));
    canvas.setAttribute('aria-valuetext', stamp(s.at, 8) + ' UTC');
  }

  #line(a, b, c, d) { this.pen.beginPath(); this.pen.moveTo(a, b); this.pen.lineTo(c, d); this.pen.stroke(); }

  /** As much of the words as has room. */
  #fit(words, room) {
    this.pen.font = '600 11.5px system-ui, sans-serif';
    if (this.pen.measureText(words).width <= room) return words;
    const letters = [...words];
    while (letters.length && this.pen.measureText(letters.join('') + '…').width > room) letters.pop();
    return letters.length ? letters.join('').trimEnd() + '…' : '';
  }

  /** Words; with a halo where the curve lies behind them. */
  #text(text, x, y, colour, align, weight, halo) {
    const { pen } = this;
    pen.font = weight + ' 11.5px system-ui, sans-serif'; pen.textAlign = align;
    if (halo) { pen.strokeStyle = halo; pen.lineWidth = 3; pen.lineJoin = 'round'; pen.globalAlpha = 0.75; pen.strokeText(text, x, y); pen.globalAlpha = 1; pen.lineWidth = 1; }
    pen.fillStyle = colour; pen.fillText(text, x, y);
  }
}
