// @ts-check
// The clock that all panels share. Its animation loop runs only while it plays.

// Seconds that playing takes from t = 0 to 1, and seconds of pause at the end before it starts again.
const PASS_SECONDS = 7, HOLD_SECONDS = 1.2;

class Clock {
  t = 0;
  playing = false;
  speed = 1;
  loop = true;
  // The time at which playing stops; below 1 while a prediction hides the future.
  end = 1;
  // Seconds for which the clock has rested at the end.
  held = 0;
  /** @type {() => void} */
  atEnd = null;
  frame = 0;
  /** @type {number} */
  last = null;

  /** @param {() => void} onTick */
  constructor(onTick) {
    this.onTick = onTick;
  }

  /** @param {(() => void) | null} atEnd */
  play(atEnd = null) {
    if (this.t >= this.end - 1e-6) this.t = 0;
    Object.assign(this, { playing: true, atEnd, held: 0, last: null });
    this.request();
  }

  pause() {
    Object.assign(this, { playing: false, atEnd: null });
  }

  // Draws once in the next animation frame, no matter how often it is called before that.
  request() {
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  /** @param {number} now */
  tick(now) {
    this.frame = 0;
    if (this.playing) this.advance(Math.min(0.1, this.last === null ? 0 : (now - this.last) / 1000));
    this.last = now;
    this.onTick();
    if (this.playing) this.request();
  }

  /** @param {number} seconds */
  advance(seconds) {
    if (this.t < this.end) {
      this.t = Math.min(this.end, this.t + (seconds * this.speed) / PASS_SECONDS);
      return;
    }
    this.held += seconds;
    if (this.atEnd) {
      const done = this.atEnd;
      this.pause();
      done();
    } else if (!this.loop) this.pause();
    else if (this.held > HOLD_SECONDS) Object.assign(this, { t: 0, held: 0 });
  }

  stop() {
    this.pause();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }
}
