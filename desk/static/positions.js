// Where a picture is on a feed: EPOCH:PTS, in ticks of 1/90000 s.
//
// Programme date-times are never cut on: hls.js pins the first segment to the
// earlier of sound and picture, so they are frames off (hls.js #6649). Exact
// is what the stream itself carries: the media time of the shown frame plus
// the initPTS that hls.js took away, within the fragment's discontinuity.

const RATE = 90000;

export class Positions {
  #initial = new Map(); // discontinuity → { base, scale }

  /** Follows an hls.js instance. */
  follow(hls, Hls) {
    hls.on(Hls.Events.INIT_PTS_FOUND, (_, found) => {
      if (found.id === 'main') this.#initial.set(found.frag.cc, { base: found.initPTS, scale: found.timescale });
    });
  }

  /** The position of the frame that is shown at mediaTime, or null while it is not known. */
  at(mediaTime, details) {
    const frag = fragmentAt(mediaTime, details);
    const initial = frag && this.#initial.get(frag.cc);
    if (!initial) return null;
    const pts = Math.round(mediaTime * RATE + initial.base * RATE / initial.scale);
    return { epoch: frag.cc + 1, pts, text: `${frag.cc + 1}:${pts}`, clock: clockAt(mediaTime, frag), mediaTime };
  }
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
