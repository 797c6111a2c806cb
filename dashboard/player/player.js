// @ts-check
// The player: panels that play together on one clock. New data from the page replaces the panels, but not the clock and
// the viewer's settings.

/** @type {WeakMap<HTMLElement, Player>} */
const players = new WeakMap();
// The viewer's settings, by the player's key. They are kept while the player is not on the page.
/** @type {Map<string, Memory>} */
const memories = new Map();

/** @param {StreamlitComponent} component */
export default function showReel(component) {
  const { data, parentElement, setStateValue, options = null } = component;
  /** @type {HTMLElement} */
  const root = parentElement.querySelector(".player");
  if (!root || !data) return;
  let player = players.get(root);
  if (!player) players.set(root, (player = new Player(root)));
  player.setStateValue = setStateValue;
  player.receive(data instanceof Uint8Array ? data : new Uint8Array(data), options);
  // Streamlit also runs the cleanup of calls that newer data has replaced. Only the cleanup of the newest call may
  // close the player.
  const call = (player.call = {});
  return () => player.call === call && player.close();
}

class Player {
  sequence = 0;
  /** @type {Uint8Array} */
  bytes = null;
  /** @type {Options} */
  options = null;
  /** @type {Memory} */
  memory = null;
  /** @type {Panel[]} The page's own panels; `panels` also holds previews. */
  ownPanels = [];
  /** @type {Panel[]} */
  panels = [];
  /** @type {Scene} */
  scene = null;
  /** @type {Theme} */
  theme = null;
  /** @type {Guess} */
  guess = null;
  /** @type {MediaRecorder} */
  recorder = null;
  /** @type {() => void} */
  onFrame = null;
  pageScrolled = -Infinity;
  numbersAt = -Infinity;
  /** @type {() => void} Set by `wireLens`. */
  refreshLens = null;
  /** @type {() => void} Set by `wire`. */
  refreshControls = null;
  /** @type {(name: string, value: unknown) => void} */
  setStateValue = null;
  /** @type {object} The newest call of Streamlit. */
  call = null;
  /** @type {Map<string, Figure>} */
  figures = new Map();
  ended = new AbortController();
  timer = 0;
  noticeTimer = 0;
  committed = "";
  shownState = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {(selector: string) => Control} */
    this.$ = (selector) => root.querySelector(selector);
    this.clock = new Clock(() => this.draw());
    /** @type {Modes} */
    this.modes = new Modes(this);
    /** @type {Preview} */
    this.preview = new Preview(this);
    /** @type {Lens} */
    this.lens = new Lens(this);
    this.reducesMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.belowCanvases = [this.$(".strip"), this.$(".ledger")];
    this.observer = new ResizeObserver(() => this.clock.request());
    this.observer.observe(root);
    this.$(".panels").replaceChildren(); // removes the figures of a closed player
    wire(this);
  }

  // Receives a reel (encoded pictures). On pages without a server, `options` replaces the options in the reel.
  /** @param {Uint8Array} bytes @param {Options} options */
  receive(bytes, options = null) {
    if (!sameBytes(bytes, this.bytes)) this.open(bytes, options);
    this.theme = readTheme(this.root, this.options.palettes);
    this.present();
  }

  // Shows the page's panels, or previews while the page has not sent its pictures for the new settings.
  present() {
    this.sequence += 1;
    this.root.dataset.sequence = String(this.sequence);
    this.panels = this.preview.mergedWith(this.ownPanels);
    this.root.dataset.ahead = String(this.preview.isShown);
    this.rebuild();
  }

  /** @param {Uint8Array} bytes @param {Options} options */
  open(bytes, options) {
    this.bytes = bytes;
    const reel = unpackReel(bytes);
    this.options = options ?? reel.header.options;
    if (!this.memory) this.begin();
    this.followAddress();
    this.ownPanels = readPanels(reel, this.memory.seen);
    this.preview.follow(this.options.preview);
    this.lens.newTarget(this.options.preview?.problem.target.name);
    this.modes.follow(this.options.preview);
  }

  // Runs once, with the first data. Restores the viewer's earlier settings; without any, uses those of the link.
  begin() {
    const { key, view, autoplay } = this.options;
    const fresh = !memories.has(key);
    if (fresh) memories.set(key, firstMemory(view, this.reducesMotion));
    this.memory = memories.get(key);
    this.clock.t = this.memory.t;
    if (fresh && autoplay && !this.reducesMotion && view.t === null) this.clock.play();
    if (fresh && !autoplay && view.t === null) this.clock.t = 1;
  }

  // Applies the choices in the address when a link, Back or Forward has opened the page again.
  followAddress() {
    const { opened, view } = this.options, { memory } = this;
    if (memory.opened === opened) return;
    const isFirst = memory.opened === undefined;
    memory.opened = opened;
    if (isFirst) return;
    Object.assign(memory.settings, { backdrop: view.backdrop ?? "auto", solo: view.panel ?? null });
    if (this.options.restarts) this.scene.traced = null;
    if (this.options.restarts && view.t === null) this.startAgain();
    if (view.t === null || view.t === this.clock.t) return;
    this.pause();
    this.clock.t = view.t;
  }

  // Plays from the start. If the viewer prefers reduced motion, stays at the start instead.
  startAgain() {
    this.clock.t = 0;
    if (!this.reducesMotion) this.clock.play();
  }

  get settings() {
    return this.memory.settings;
  }

  get trainingAt() {
    return this.memory.trainingAt;
  }

  // Rebuilds the views and the ranges that they share, after new data or a changed setting.
  rebuild() {
    const views = makeViews(this);
    const { settings, theme, reducesMotion } = this;
    this.scene = { ...this.scene, views, ...ranges(views), settings, theme, reducesMotion };
    this.scene.traced ??= null;
    this.scene.marks = this.options.marks ?? [];
    if (this.isMotionless) this.pause();
    placeFigures(this, views);
    this.refreshControls();
    this.clock.request();
  }

  // Whether there is nothing to play, because the pictures are the same at all times.
  get isMotionless() {
    return this.scene.views.every((view) => view.motionless);
  }

  draw() {
    const { scene, clock } = this;
    if (!scene || !this.root.clientWidth) return;
    const { guess } = this, size = typeScale() * (this.root.clientWidth < 640 ? 11 : 12);
    const { ink, faint } = this.theme;
    const only = onlyTime(scene.views);
    const hideAfter = guess && !guess.revealed ? guess.hideAfter : null;
    const isAhead = this.preview.isShown;
    Object.assign(scene, { t: only ?? clock.t, playing: clock.playing, isAhead, guess, hideAfter });
    scene.style = { ink, faint, size, font: this.theme.font };
    scene.box = this.lens.boxAt(scene.t, scene.views, scene.whole, (this.modes.held ?? this.modes.shaping.held)?.box);
    this.root.style.setProperty("--type", `${size}px`);
    this.memory.t = clock.t;
    for (const view of scene.views) {
      (view.frames.dim > 1 ? drawPlane : drawLine)(view, scene);
      this.modes.place(view, view === scene.views[0]);
    }
    const [strip, ledger] = this.belowCanvases;
    if (!strip.hidden) drawStrip(strip, scene);
    if (!ledger.hidden) drawLedger(ledger, scene);
    this.showTime();
    refreshNumbers(this);
    this.onFrame?.();
  }

  showTime() {
    const { playing } = this.clock, { t } = this.scene, time = this.$(".time");
    if (Number(time.value) !== t) time.value = t;
    const now = this.$(".now"), text = `t = ${t.toFixed(2)}`;
    if (now.textContent !== text) now.textContent = text;
    this.root.dataset.time = t.toFixed(4);
    this.root.dataset.playing = String(playing);
    const state = `${playing}`;
    if (this.shownState !== state) this.refreshPlay(state);
    if (!playing) this.describe();
  }

  /** @param {string} state */
  refreshPlay(state) {
    this.shownState = state;
    const { playing } = this.clock, button = this.$(".play");
    setIcon(button, playing ? "pause" : "play");
    button.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  // Describes the pictures for screen readers, while nothing moves.
  describe() {
    const { views, t } = this.scene;
    const isHidden = this.guess && !this.guess.revealed;
    const texts = views.map((view) => (isHidden ? TEXTS.hiddenFuture(view.panel.title) : description(view, t)));
    views.forEach((view, k) => {
      if (view.canvas.getAttribute("aria-label") !== texts[k]) view.canvas.setAttribute("aria-label", texts[k]);
    });
    const masses = views.map((view) => `${view.panel.title}: ${massText(view, t)}`).join(" ");
    this.belowCanvases[1].setAttribute("aria-label", TEXTS.ledger(t, masses));
    const energies = comparedViews(views)
      .map(({ panel, frames }) => `${panel.title}: ${formatNumber(valueAt(frames, frames.energy, t))}`).join("; ");
    this.belowCanvases[0].setAttribute("aria-label", TEXTS.strip(t, energies));
  }

  /** @param {number} t */
  seek(t) {
    this.clock.t = Math.min(this.clock.end, Math.max(0, t));
    this.clock.request();
  }

  /** @param {(() => void) | null} atEnd */
  play(atEnd = null) {
    this.clock.play(atEnd);
  }

  pause() {
    this.clock.pause();
    this.clock.request();
  }

  /** @param {number} direction */
  step(direction) {
    const { times } = this.scene.views[0].frames, t = this.clock.t;
    this.pause();
    const next = direction > 0 ? times.find((time) => time > t + 1e-4) : times.findLast((time) => time < t - 1e-4);
    this.seek(next ?? (direction > 0 ? 1 : 0));
    this.commitSoon();
  }

  // Sends the time, the backdrop and the chosen panel to the page once the viewer pauses, never while something moves.
  commitSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commit(), 350);
  }

  commit() {
    const { backdrop, solo } = this.settings;
    const view = { t: Number(this.clock.t.toFixed(3)), backdrop, panel: solo, opened: this.options.opened };
    const text = JSON.stringify(view);
    if (text === this.committed) return;
    this.committed = text;
    this.setStateValue("view", view);
  }

  /** @param {Partial<Settings>} changes */
  choose(changes) {
    Object.assign(this.settings, changes);
    this.rebuild();
  }

  /** @param {string} text @param {number} milliseconds */
  notify(text, milliseconds = 6000) {
    this.$(".notice").textContent = text;
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => (this.$(".notice").textContent = ""), milliseconds);
  }

  close() {
    clearTimeout(this.timer);
    this.ended.abort();
    this.clock.stop();
    this.observer.disconnect();
    this.preview.stop();
    this.modes.stop();
    this.recorder?.stop();
    this.call = null;
    players.delete(this.root);
  }
}

/** @param {LinkView} view @param {boolean} reducesMotion @returns {Memory} */
function firstMemory(view, reducesMotion) {
  /** @type {LensMemory} */
  const lens = { box: null, follow: false };
  return { t: view.t ?? 0, seen: new Map(), trainingAt: null, settings: firstSettings(view, reducesMotion), lens };
}

/** @param {LinkView} view @param {boolean} reducesMotion @returns {Settings} */
function firstSettings(view, reducesMotion) {
  return {
    backdrop: view.backdrop ?? "auto", solo: view.panel ?? null,
    arrows: true, particles: true, trails: !reducesMotion, contour: true, beside: true,
    modes: true, options: false,
  };
}
