// Where a picture is on a feed: EPOCH:PTS, in ticks of 1/90000 s.
//
// Programme date-times are never cut on: hls.js pins the first segment to the
// earlier of sound and picture, so they are frames off (hls.js #6649). Exact
// is what the stream itself carries: the media time of the shown frame plus
// the initPTS that hls.js took away, within the fragment's discontinuity.

const RATE = 90000;
const WRAP = 2 ** 33; // a transport stream's clock returns to zero; the server knows which turn is meant

export class Positions {
  #initial = new Map(); // discontinuity → { base, scale }
  #frames = new Map(); // segment number → the PTS of its pictures as hls.js placed them

  /** Follows an hls.js instance. */
  follow(hls, Hls) {
    hls.on(Hls.Events.INIT_PTS_FOUND, (_, found) => {
      if (found.id === 'main') this.#initial.set(found.frag.cc, { base: found.initPTS, scale: found.timescale });
    });
    hls.on(Hls.Events.BUFFER_APPENDING, (_, e) => {
      if (e.type !== 'video' || e.frag.sn === 'initSegment' || e.frag.initSegment) return; // fMP4 is passed on as it is
      const times = picturesOf(e.data);
      if (times.length) this.#frames.set(e.frag.sn, times);
      if (this.#frames.size > 4000) this.#frames.delete(this.#frames.keys().next().value);
    });
  }

  /** The position of the frame that is shown at mediaTime, or null while it is not known. */
  at(mediaTime, details) {
    const frag = fragmentAt(mediaTime, details);
    const initial = frag && this.#initial.get(frag.cc);
    if (!initial) return null;
    const said = Math.round(mediaTime * RATE + initial.base * RATE / initial.scale);
    const pts = (said + moved(said, this.#frames.get(frag.sn)) + WRAP) % WRAP;
    return { epoch: frag.cc + 1, pts, text: `${frag.cc + 1}:${pts}`, clock: clockAt(mediaTime, frag), mediaTime };
  }
}

/** How many of a segment's first pictures hls.js may have moved. */
const MOVED = 8;

/**
 * What to add to a picture's time to undo what hls.js did to it. Where a
 * segment does not begin exactly where the one before it ended (a new epoch, a
 * gap), hls.js shifts its first pictures to fit (mp4-remuxer.ts, hole and
 * overlap, 1.7.4). The pictures after them stand where they belong, at an even
 * distance: the first ones are counted back from there.
 */
function moved(pts, times) {
  if (!times || times.length < MOVED + 4) return 0;
  const last = times.length - 1, even = (times[last] - times[MOVED]) / (last - MOVED);
  for (let i = MOVED; i < last; i++) if (Math.abs(times[i + 1] - times[i] - even) > 2) return 0; // uneven by nature
  let k = 0;
  while (k < last && Math.abs(times[k + 1] - pts) <= Math.abs(times[k] - pts)) k++;
  if (k >= MOVED || Math.abs(times[k] - pts) > even) return 0;
  const by = Math.round(times[MOVED] - (MOVED - k) * even) - times[k];
  return Math.abs(by) > 2 ? by : 0;
}

/** The PTS of a fragment's pictures, in order (ISO/IEC 14496-12: tfdt, trun). */
function picturesOf(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength), out = [];
  let decode = 0;
  const boxes = (from, to) => {
    for (let at = from; at + 8 <= to;) {
      const size = view.getUint32(at), name = String.fromCharCode(...data.subarray(at + 4, at + 8));
      if (size < 8) return;
      if (name === 'moof' || name === 'traf') boxes(at + 8, at + size);
      if (name === 'tfdt') decode = view.getUint8(at + 8) ? Number(view.getBigUint64(at + 12)) : view.getUint32(at + 12);
      if (name === 'trun') run(at + 8);
      at += size;
    }
  };
  const run = (at) => {
    const version = view.getUint8(at), flags = view.getUint32(at) & 0xffffff, n = view.getUint32(at + 4);
    let p = at + 8 + (flags & 1 ? 4 : 0) + (flags & 4 ? 4 : 0);
    const next = (flag) => { if (!(flags & flag)) return 0; p += 4; return view.getUint32(p - 4); };
    for (let i = 0; i < n; i++) {
      const duration = next(0x100);
      next(0x200); next(0x400);
      const offset = next(0x800);
      out.push(decode + (version ? offset | 0 : offset));
      decode += duration;
    }
  };
  boxes(0, data.byteLength);
  return out.sort((a, b) => a - b);
}

/** The fragment that covers a media time; the nearest one at the edges. */
export function fragmentAt(mediaTime, details) {
  const frags = details?.fragments;
  if (!frags?.length) return null;
  let low = 0, high = frags.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (startOf(frags[middle]) <= mediaTime + 0.0005) low = middle; else high = middle - 1;
  }
  return frags[low];
}

const startOf = (frag) => Number.isFinite(frag.startPTS) ? frag.startPTS : frag.start;

/** Programme time (ms) for display and for the timeline. */
export const clockAt = (mediaTime, frag) => frag.programDateTime + (mediaTime - frag.start) * 1000;

/** The media time of a programme time (ms); inside a gap, where it ends. */
export function mediaTimeOf(clock, details) {
  const frags = details?.fragments;
  if (!frags?.length) return null;
  for (const f of frags) {
    if (clock < f.programDateTime) return f.start;
    if (clock < f.programDateTime + f.duration * 1000) return f.start + (clock - f.programDateTime) / 1000;
  }
  const last = frags[frags.length - 1];
  return last.start + last.duration;
}

/** What is recorded, in programme time: runs without a break. */
export function runs(details) {
  const out = [];
  for (const f of details?.fragments ?? []) {
    const from = f.programDateTime, to = from + f.duration * 1000, last = out[out.length - 1];
    if (last && Math.abs(from - last.to) < 150 && last.cc === f.cc) last.to = to;
    else out.push({ from, to, cc: f.cc });
  }
  return out;
}

/** HH:MM:SS.mmm in UTC. */
export const stamp = (ms, digits = 12) => new Date(ms).toISOString().slice(11, 11 + digits);
