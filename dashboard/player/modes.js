// @ts-check
// The modes of a Gaussian mixture as handles on the pictures. While one moves, previews follow (preview.js); when it is
// released, the whole mixture is sent to the page.

// An arrow key moves a mode by the fraction KEY_STEP of the plot. The mixture is sent to the page once no key has been
// pressed for KEYS_MS.
const KEY_STEP = 0.01, KEYS_MS = 600;
// A press that moves fewer pixels than this is a click.
const MODE_CLICK_PIXELS = 3;

class Modes {
  movable = false;
  /** @type {Mixture} The mixture of the page. */
  page = null;
  /** @type {Mixture} The viewer's changed mixture. */
  own = null;
  /** @type {Set<string>} Mixtures on their way to the page. */
  sent = new Set();
  /** @type {HeldMode} */
  held = null;
  timer = 0;
  /** @type {Plot} */
  lastPlot = null;

  /** @param {Player} player */
  constructor(player) {
    this.player = player;
    this.shaping = new Shaping(this);
  }

  // Receives the page's mixture. If the player itself has sent this mixture, the viewer's later changes are kept. Any
  // other mixture replaces these changes.
  /** @param {Terms | null} terms */
  follow(terms) {
    const isMixture = terms?.movable && terms.problem.target.means;
    const target = isMixture ? /** @type {Mixture} */ (terms.problem.target) : null;
    this.movable = !!terms?.movable;
    if (same(target, this.page)) return;
    this.page = target;
    if (!this.sent.has(JSON.stringify(target))) this.forget();
    else if (same(target, this.own)) this.own = null;
    else if (this.own) this.showPreview();
  }

  forget() {
    clearTimeout(this.timer);
    this.sent.clear();
    Object.assign(this, { own: null, held: null });
    this.shaping.held = null;
  }

  get mixture() {
    return this.own ?? this.page;
  }

  // Hidden during a prediction, since the modes would give the answer away.
  get isOn() {
    const { settings, guess } = this.player;
    return settings.modes && this.mixture !== null && !(guess && !guess.revealed);
  }

  // Turns "Move modes" on or off. If the target is not a mixture yet, the page first converts it to one.
  toggle() {
    const on = !(this.player.settings.modes && this.mixture);
    this.player.choose({ modes: on });
    if (on && !this.mixture) this.send(null);
  }

  // Updates the handles on one picture where something has changed. Only handles on the first picture can have the
  // keyboard focus.
  /** @param {View} view @param {boolean} isFirst */
  place(view, isFirst) {
    const layer = /** @type {Handles} */ (view.canvas.parentElement.querySelector(".handles"));
    const plot = HANDLES.plotOf(view);
    this.shaping.place(view, plot, isFirst);
    const means = this.isOn && plot ? this.mixture.means : [];
    this.lastPlot = plot ?? this.lastPlot;
    const { left, top, width, height, xRange, yRange } = plot ?? {};
    const key = means.length ? JSON.stringify([means, left, top, width, height, xRange, yRange]) : "";
    layer.view = view;
    if (layer.dataset.key === key) return;
    layer.dataset.key = key;
    const root = /** @type {Document | ShadowRoot} */ (layer.getRootNode());
    const hadFocus = layer.contains(root.activeElement);
    while (layer.children.length > means.length) layer.lastChild.remove();
    while (layer.children.length < means.length) layer.append(this.handle(layer.children.length));
    layer.style.setProperty("--colour", view.methodColour);
    means.forEach((mean, k) => {
      const handle = /** @type {HTMLElement} */ (layer.children[k]), [x, y] = HANDLES.pixelsOf(plot, mean);
      handle.style.transform = `translate(${x}px, ${y}px)`;
      handle.hidden = !plot.holds(x, y);
      handle.tabIndex = isFirst ? 0 : -1;
      handle.setAttribute("aria-label", TEXTS.mode(k + 1, mean));
    });
    if (hadFocus && !layer.contains(root.activeElement))
      /** @type {HTMLElement} */ (layer.lastElementChild)?.focus();
  }

  /** @param {number} k */
  handle(k) {
    const handle = document.createElement("button");
    handle.className = "mode";
    handle.onpointerdown = (event) => this.hold(event, k);
    handle.onpointermove = (event) => this.drag(event);
    handle.onpointerup = handle.onpointercancel = handle.onlostpointercapture = (event) => this.release(event);
    handle.ondblclick = () => this.remove(k);
    handle.onkeydown = (event) => this.onKey(event, k);
    handle.onfocus = () => this.shaping.select(k);
    handle.addEventListener("wheel", (event) => this.shaping.onWheel(event, k), { passive: false });
    return handle;
  }

  /** @param {PointerEvent} event @param {number} k */
  hold(event, k) {
    if (event.button !== 0 || this.held) return;
    const handle = /** @type {HTMLElement} */ (event.currentTarget), plot = HANDLES.plotOf(HANDLES.viewOf(handle));
    const [x, y] = HANDLES.pixelsOf(plot, this.mixture.means[k]);
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const { clientX, clientY, pointerId } = event;
    const offset = [x - clientX, y - clientY], { box } = this.player.scene;
    this.held = { k, plot, pointerId, from: [clientX, clientY], offset, box, moved: false };
    this.player.pause();
    this.player.commitSoon();
  }

  /** @param {PointerEvent} event */
  drag({ pointerId, clientX, clientY }) {
    const { held } = this;
    if (!held || held.pointerId !== pointerId) return;
    held.moved ||= Math.hypot(clientX - held.from[0], clientY - held.from[1]) > MODE_CLICK_PIXELS;
    if (held.moved) this.moveTo(held.k, this.placeAt(held.plot, clientX + held.offset[0], clientY + held.offset[1]));
  }

  /** @param {PointerEvent} event */
  release({ pointerId }) {
    if (!this.held || this.held.pointerId !== pointerId) return;
    const { moved } = this.held;
    this.held = null;
    this.player.preview.expectPage();
    if (moved) this.sendOwn();
    this.player.rebuild();
  }

  // The mean for a mode at a pixel: its coordinates, moved into the plot and rounded to visible digits.
  /** @param {Plot} plot @param {number} px @param {number} py */
  placeAt(plot, px, py) {
    const spot = [plot.atX(px), plot.atY(py)].slice(0, this.mixture.means[0].length);
    return spot.map((value, k) => {
      const [low, high] = [plot.xRange, plot.yRange][k];
      const digits = Math.max(0, 2 - Math.floor(Math.log10(high - low)));
      return Number(Math.min(high, Math.max(low, value)).toFixed(digits));
    });
  }

  /** @param {number} k @param {Mean} mean */
  moveTo(k, mean) {
    if (!this.mixture || same(mean, this.mixture.means[k])) return;
    this.own = { ...this.mixture, means: this.mixture.means.map((other, j) => (j === k ? mean : other)) };
    this.showPreview();
  }

  /** @param {KeyboardEvent} event @param {number} k */
  onKey(event, k) {
    const step = HANDLES.STEPS[event.key], isDelete = event.key === "Delete" || event.key === "Backspace";
    const weightStep = { "+": 1, "-": -1 }[event.key];
    if ((!step && !isDelete && !weightStep) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (weightStep) return this.shaping.growShare(weightStep);
    if (isDelete) return event.repeat || this.remove(k);
    const plot = HANDLES.plotOf(HANDLES.viewOf(/** @type {HTMLElement} */ (event.currentTarget)));
    const [x, y] = HANDLES.pixelsOf(plot, this.mixture.means[k]);
    const size = KEY_STEP * (event.shiftKey ? 5 : 1);
    this.moveTo(k, this.placeAt(plot, x + size * step[0] * plot.width, y - size * step[1] * plot.height));
    this.sendSoon();
  }

  sendSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.sendOwn(), KEYS_MS);
  }

  // Adds a mode where the picture was double-clicked, with the width and weight of the last mode. A picture that has
  // just been rebuilt has no plot until it is drawn. All pictures have the same plot, so the last known one is used.
  /** @param {View} view @param {number} px @param {number} py */
  add(view, px, py) {
    const plot = HANDLES.plotOf(view) ?? this.lastPlot;
    if (!this.isOn || !plot?.holds(px, py)) return;
    this.rearrange((list) => [...list, list.at(-1)], (means) => [...means, this.placeAt(plot, px, py)]);
  }

  /** @param {number} k */
  remove(k) {
    if (this.mixture.means.length < 2) return this.player.notify(TEXTS.lastMode);
    /** @param {any[]} list */
    const without = (list) => list.filter((_, j) => j !== k);
    this.rearrange(without, without);
  }

  // Adds or removes modes. `change` is applied to all lists with one entry per mode, such as widths and weights, so
  // that each mode keeps its own.
  /** @param {(list: any[]) => any[]} change @param {(means: Mean[]) => Mean[]} changeMeans */
  rearrange(change, changeMeans) {
    const { means, std, weights, cov } = this.mixture;
    /** @param {any} values */
    const changed = (values) => (Array.isArray(values) ? change(values) : values);
    const lists = { std: changed(std), weights: changed(weights), ...(cov?.length > 1 ? { cov: change(cov) } : {}) };
    this.own = { ...this.mixture, means: changeMeans(means), ...lists };
    this.showPreview();
    this.sendOwn();
  }

  // Requests previews of the viewer's mixture.
  showPreview() {
    const { preview, clock } = this.player;
    if (preview.terms) preview.request({ ...preview.terms.problem, target: this.own });
    clock.request();
  }

  sendOwn() {
    clearTimeout(this.timer);
    if (!this.own) return;
    this.sent.add(JSON.stringify(this.own));
    this.send(this.own);
  }

  // Sends a mixture to the page. The player may send its view at the same moment; Streamlit would then drop a value
  // sent with `setTriggerValue`. The time makes each message different from the last one.
  /** @param {Target | null} target */
  send(target) {
    this.player.setStateValue("modes", { target, at: Date.now() });
  }

  stop() {
    this.forget();
  }
}

/** @param {unknown} a @param {unknown} b */
function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
