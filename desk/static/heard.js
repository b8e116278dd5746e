// What is in the recording beside pictures: how loud it is, and its marks.
// Fetched in tiles as they come into view, and drawn on the timeline.
import { api } from './api.js';
import { stamp } from './positions.js';

const STEPS = [100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 600000]; // ms that one level stands for
const TILE = 300; // levels in a tile
const MARKS = [600000, 14400000]; // ms of a tile of marks: with scenes, and seen from afar without
const FAR = 3600000; // from so much in view on scenes are too many
const SETTLED = 60000; // ms behind live: what is heard so late is rare
const AGAIN = 2000; // ms until a tile that still grows is asked for again
const KEPT = 200; // tiles
const LAG = 150; // ms: a level is of the 400 ms before it, and stands for the 100 ms in their middle
const SILENT = -7000; // hundredths of LUFS: what EBU R 128 does not count at all
const RANGE = 3400; // from the loudest to what is not drawn any higher than a line
const NAMES = { scte35: 'SCTE-35', daterange: 'Date range', id3: 'ID3', emsg: 'emsg', scene: 'Scene' };

export class Heard {
  #tiles = new Map();
  #path;
  #changed;

  /** changed() is called when there is more to draw. */
  constructor(feed, changed) {
    this.#path = '/api/v1/feeds/' + feed + '/';
    this.#changed = changed;
    this.loudest = -3000;
  }

  /** The levels of a view: { step, levels: [{ at, level }] } in programme ms, in order. */
  levels(view, pixels, live) {
    const step = STEPS.find((s) => (view.to - view.from) / s <= pixels / 2) ?? STEPS[STEPS.length - 1], length = step * TILE, levels = [];
    for (let k = Math.floor(view.from / length); k * length < Math.min(view.to, live); k++) {
      for (const l of this.#tile('loudness', k, length, live, { step: step + 'ms' })) levels.push(l);
    }
    return { step, levels };
  }

  /** The marks of a view. */
  marks(view, live) {
    const far = view.to - view.from > FAR, length = MARKS[far ? 1 : 0], marks = [];
    for (let k = Math.floor(view.from / length); k * length < Math.min(view.to, live); k++) {
      for (const m of this.#tile('marks', k, length, live, far ? { scheme: 'scte35,daterange,id3,emsg' } : {})) marks.push(m);
    }
    return marks;
  }

  /** How loud a span between two positions is, in words. */
  async loudnessOf(from, to) {
    const got = await api('GET', this.#path + 'loudness?step=1m&in=' + from + '&out=' + to);
    return got.integrated === null ? '' : lufs(got.integrated * 100);
  }

  #tile(what, k, length, live, query) {
    const key = [what, k, length].join(' '), now = Date.now();
    let t = this.#tiles.get(key);
    if (!t) {
      t = { held: [], at: 0, settled: false, asking: false };
      this.#tiles.set(key, t);
      if (this.#tiles.size > KEPT) this.#tiles.delete(this.#tiles.keys().next().value);
    }
    if (!t.settled && !t.asking && now - t.at > AGAIN) this.#ask(t, what, k, length, live, query);
    return t.held;
  }

  async #ask(t, what, k, length, live, query) {
    t.asking = true;
    const from = k * length, at = (ms) => new Date(ms).toISOString();
    const ask = new URLSearchParams({ in: at(from), out: at(from + length), ...query });
    try {
      const got = await api('GET', this.#path + what + '?' + ask);
      t.held = what === 'marks' ? got.marks.map((m) => ({ ...m, at: Date.parse(m.at) })) : this.#curve(got);
      t.settled = from + length < live - SETTLED;
      this.#changed();
    } catch { /* it is asked for again */ }
    t.at = Date.now();
    t.asking = false;
  }

  #curve(got) {
    const step = got.step / 1e6, out = [];
    for (const s of got.stretches) {
      const at = Date.parse(s.at) - LAG;
      s.levels.forEach((level, i) => { out.push({ at: at + i * step, level }); this.loudest = Math.max(this.loudest, level); });
    }
    return out;
  }

  /** The height of a level between 0 and 1, as ears have it: the loudest that was heard fills the track. */
  height(level) { return level <= SILENT ? 0 : Math.max(0, 1 - (this.loudest - level) / RANGE) ** 1.6; }

  /** Draws the curve into the track; the level under the pointer is returned. */
  drawLevels(pen, { levels, step }, x, { top, bottom }, ink, hover) {
    const middle = (top + bottom) / 2, half = (bottom - top) / 2 - 2, sorted = levels.map((l) => l.level).filter((l) => l > SILENT).sort((a, b) => a - b);
    const roar = (sorted[Math.floor(sorted.length / 2)] ?? 0) + 600; // 6 LU above the median of what is seen: the crowd
    let run = [], under = null;
    const flush = () => { if (run.length) this.#fill(pen, run, step, x, middle, half, ink); run = []; };
    for (const l of levels) {
      const last = run[run.length - 1];
      if (last && (l.at - last.at > step * 1.5 || (l.level >= roar) !== (last.level >= roar))) {
        const joined = l.at - last.at <= step * 1.5;
        flush();
        if (joined) run.push({ ...last, level: Math.min(last.level, l.level), bright: l.level >= roar }); // no notch where the colour changes
      }
      run.push({ ...l, bright: l.level >= roar });
      if (hover !== null && hover > l.at - step && hover <= l.at) under = l.level;
    }
    flush();
    pen.globalAlpha = 1;
    return under;
  }

  /** One stretch of one colour, mirrored at the middle. */
  #fill(pen, run, step, x, middle, half, ink) {
    pen.fillStyle = ink.text;
    for (const [part, alpha] of run[run.length - 1].bright ? [[1, 0.42], [0.55, 0.34]] : [[1, 0.2], [0.55, 0.18]]) {
      pen.globalAlpha = alpha;
      pen.beginPath();
      pen.moveTo(x(run[0].at - step), middle);
      const edge = (l) => Math.max(0.6, this.height(l.level) * half * part);
      for (const l of run) pen.lineTo(x(l.at - step / 2), middle - edge(l));
      pen.lineTo(x(run[run.length - 1].at), middle - edge(run[run.length - 1]));
      pen.lineTo(x(run[run.length - 1].at), middle + edge(run[run.length - 1]));
      for (const l of [...run].reverse()) pen.lineTo(x(l.at - step / 2), middle + edge(l));
      pen.closePath();
      pen.fill();
    }
  }

  /** Draws marks: scenes as notches at the foot of the track, messages as flags at its head. The one under the pointer is returned. */
  drawMarks(pen, marks, x, { top, bottom }, ink, hover) {
    let under = null, last = -9;
    for (const m of marks) {
      const at = x(m.at);
      if (hover !== null && Math.abs(at - x(hover)) < 5 && (!under || m.scheme !== 'scene')) under = m;
      if (m.scheme === 'scene') {
        if (at - last < 3) continue;
        last = at;
        pen.fillStyle = ink.dim; pen.fillRect(at - 0.5, bottom - 7, 1.5, 7);
        continue;
      }
      pen.fillStyle = ink.blue; pen.globalAlpha = 0.45; pen.fillRect(at - 0.5, top, 1, bottom - top); pen.globalAlpha = 1;
      pen.beginPath(); pen.moveTo(at, top - 1); pen.lineTo(at + 7, top + 3); pen.lineTo(at, top + 7); pen.fill();
    }
    return under;
  }

  /** What the pointer is at, in words. */
  say(hover, level, mark) {
    const words = [stamp(hover, 10)];
    if (level !== null) words.push(lufs(level));
    if (mark) words.push([NAMES[mark.scheme] ?? mark.scheme, mark.fields?.type_name || mark.fields?.type || mark.fields?.command, mark.event].filter(Boolean).join(' '));
    return words.join(' · ');
  }
}

const lufs = (level) => level <= SILENT ? 'silent' : (level / 100).toFixed(1).replace('-', '−') + ' LUFS';
