// The player over a feed's recording: hls.js, exact positions, transport.
import Hls from './vendor/hls.min.mjs';
import { Positions, clockAt, fragmentAt, mediaTimeOf, runs } from './positions.js';

const SPEEDS = [-8, -4, -2, -1, 0.25, 0.5, 1, 2, 4];

export class Player extends EventTarget {
  /** proxy: play what is made for browsers, not what was recorded. */
  constructor(video, feed, worker, proxy) {
    super();
    Object.assign(this, { video, feed, worker, proxy, broken: 0, shown: null, speed: 1, positions: new Positions() });
    video.addEventListener('play', () => this.#tell());
    video.addEventListener('pause', () => this.#tell());
    this.#frames();
    if (Hls.isSupported()) this.#load(worker); // first: browsers claim native HLS that they do badly
    else if (video.canPlayType('application/vnd.apple.mpegurl')) { video.src = this.#url(); this.#say('This browser plays the feed, but cannot tell exact pictures; flag in another one.'); }
    else this.#say('This browser cannot play HLS. Use a current Firefox, Chrome, Edge or Safari.');
  }

  #url() { return '/live/' + this.feed + (this.all ? '/proxy/all' : this.proxy ? '/proxy' : '') + '/index.m3u8'; }

  #load(worker) {
    const hls = this.hls = new Hls({
      workerPath: worker, backBufferLength: 900, maxBufferLength: 30, liveSyncDurationCount: 3, liveDurationInfinity: false,
      liveMaxLatencyDurationCount: Infinity, // looking back is not falling behind
      manifestLoadPolicy: { default: { maxTimeToFirstByteMs: 8000, maxLoadTimeMs: 20000, timeoutRetry: { maxNumRetry: 10, retryDelayMs: 1000, maxRetryDelayMs: 4000 }, errorRetry: { maxNumRetry: 1000, retryDelayMs: 2000, maxRetryDelayMs: 4000, shouldRetry: (_, __, ___, response) => response?.code !== 404 && response?.code !== 401 } } },
    });
    this.positions.follow(hls, Hls);
    hls.on(Hls.Events.ERROR, (_, e) => this.#failed(e));
    hls.on(Hls.Events.LEVEL_UPDATED, (_, l) => { this.details = l.details; this.#keepUp(); this.#tell(); });
    hls.on(Hls.Events.FRAG_BUFFERED, () => { this.broken = 0; this.#say(''); });
    hls.loadSource(this.#url());
    hls.attachMedia(this.video);
    hls.on(Hls.Events.MANIFEST_PARSED, () => this.video.play().catch(() => this.#tell()));
  }

  // Who looks at a part that is not recorded any more sees what the browser has
  // of it, and then the oldest part that there is. (hls.js would go to live.)
  #keepUp() {
    const { video, details } = this, at = video.currentTime, oldest = details.fragments[0]?.start, b = video.buffered;
    if (!this.shown || !(at < oldest)) return;
    for (let i = 0; i < b.length; i++) if (b.start(i) <= at && at + 0.5 < b.end(i)) return;
    video.currentTime = oldest + 0.1;
    this.dispatchEvent(new Event('gone'));
  }

  #failed(e) {
    if (!e.fatal) { if (e.details === 'manifestLoadError') this.#say('The feed has recorded nothing yet. It appears here by itself.'); return; }
    if (e.type === Hls.ErrorTypes.MEDIA_ERROR) { this.#unplayable(e); return; }
    this.#say(e.response?.code === 404 ? 'This feed is not recorded any more.' : 'The recording cannot be read. Trying again…');
    setTimeout(() => this.hls.loadSource(this.#url()), 3000);
  }

  // Media that this browser cannot decode: once it is tried again, then the
  // proxy is played, which every browser can.
  #unplayable(e) {
    const hopeless = ['bufferAddCodecError', 'manifestIncompatibleCodecsError', 'bufferIncompatibleCodecsError'].includes(e.details);
    if (!hopeless && this.broken++ < 1) { this.hls.recoverMediaError(); return; }
    this.broken = 0;
    if (this.all) { this.#say('This part of the recording cannot be shown. Clips can still be cut from it.'); setTimeout(() => this.hls.recoverMediaError(), 3000); return; }
    this.proxy = this.all = true;
    this.#say('This browser cannot play the feed as it is. A small copy is being made…');
    this.dispatchEvent(new Event('proxy'));
    this.hls.destroy();
    this.positions = new Positions();
    this.#load(this.worker);
  }

  // The frame that is on screen, told by the browser itself.
  #frames() {
    const { video } = this;
    if (!video.requestVideoFrameCallback) return;
    const next = (_, frame) => { this.mediaTime = frame.mediaTime; this.shown = this.positions.at(frame.mediaTime, this.details); this.#tell(); video.requestVideoFrameCallback(next); };
    video.requestVideoFrameCallback(next);
  }

  #tell() { this.dispatchEvent(new Event('change')); }
  #say(text) { this.saying = text; this.dispatchEvent(new Event('say')); }

  /** Programme time (ms) of what is shown, for display. */
  get clock() { const t = this.mediaTime ?? this.video.currentTime, f = fragmentAt(t, this.details); return f ? clockAt(t, f) : null; }
  get live() { const f = this.details?.fragments, l = f?.[f.length - 1]; return l ? l.programDateTime + l.duration * 1000 : null; }
  get behind() { return this.live === null || this.clock === null ? 0 : (this.live - this.clock) / 1000; }
  get ended() { return this.details ? !this.details.live : false; }
  get atLive() { return !this.video.paused && this.speed === 1 && this.behind < Math.max(12, 5 * (this.details?.targetduration ?? 2)); }
  get runs() { return runs(this.details); }
  get frame() { const r = this.rate ?? 25; return 1 / r; }

  /** Moves to a programme time (ms). */
  seek(clock) { const t = mediaTimeOf(clock, this.details); if (t !== null) this.seekMedia(t); }
  seekMedia(t) {
    const f = this.details?.fragments;
    if (!f?.length) return;
    const last = f[f.length - 1];
    this.video.currentTime = Math.min(Math.max(t, f[0].start), last.start + last.duration - 0.2);
  }
  by(seconds) { this.seekMedia(this.video.currentTime + seconds); }
  step(frames) { this.#shuttle(0); this.video.pause(); this.seekMedia((this.mediaTime ?? this.video.currentTime) + (frames + 0.5) * this.frame); }
  toggle() { this.#shuttle(0); if (this.video.paused) this.#play(); else this.video.pause(); }
  goLive() { this.#shuttle(0); const at = this.hls?.liveSyncPosition; if (at) this.video.currentTime = at; this.#play(); }
  #play() { this.video.play().catch(() => {}); }

  /** J and L: slower or back, faster. */
  shuttle(direction) {
    const i = SPEEDS.indexOf(this.video.paused && !this.back ? (direction < 0 ? 0.25 : 0.5) : this.speed);
    this.#shuttle(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, i + direction))]);
  }

  #shuttle(speed) {
    clearInterval(this.back);
    this.back = 0;
    this.speed = speed || 1;
    this.video.playbackRate = Math.max(0.25, this.speed);
    if (speed > 0) this.#play();
    if (speed < 0) { // browsers do not play backwards: steps of a quarter second
      this.video.pause();
      this.back = setInterval(() => this.by(speed / 4), 250);
    }
    this.#tell();
  }
}
