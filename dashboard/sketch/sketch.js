// @ts-check
// The drawing area. It sends the sketch to the page after each stroke. If the page sends another sketch, that replaces
// the one here.

// The sketch is sent after this many milliseconds without a new stroke. MOST_UNDONE strokes can be undone.
const SEND_MS = 250, MOST_UNDONE = 40;
// One step of the keyboard's brush, as a fraction of the canvas.
const STEP = 0.02;
/** @type {Record<string, Point>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** @type {WeakMap<Element, Sketch>} */
const sketches = new WeakMap();

/** @param {SketchComponent} component */
export default function (component) {
  const root = /** @type {HTMLElement} */ (component.parentElement.querySelector(".sketch"));
  const sketch = sketches.get(root) ?? new Sketch(root);
  sketches.set(root, sketch);
  sketch.follow(component);
}

class Sketch {
  /** @type {Float64Array} */
  density = new Float64Array(0);
  /** @type {Float64Array[]} */
  past = [];
  /** @type {Float64Array[]} */
  future = [];
  /** @type {{ pointer: number, at: Point, before: Float64Array } | null} */
  stroke = null;
  /** @type {Spot | null} */
  spot = null;
  erases = false;
  /** @type {string[]} Sketches that were sent to the page and have not come back. */
  sent = [];
  shown = "";
  timer = 0;
  frame = 0;
  dim = 2;
  nodes = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @param {string} selector @returns {any} */
    this.$ = (selector) => root.querySelector(selector);
    /** @type {HTMLCanvasElement} */
    this.canvas = this.$("canvas");
    /** @type {SketchData} */
    this.data = /** @type {any} */ (null);
    /** @type {SketchComponent["setStateValue"]} */
    this.setStateValue = () => {};
    this.wire();
  }

  // Shows the page's sketch, unless it is one that this drawing area has sent.
  /** @param {SketchComponent} component */
  follow({ data, setStateValue }) {
    Object.assign(this, { data, setStateValue });
    this.label();
    const key = `${data.dim} ${data.levels}`;
    if (key === this.shown) return this.draw();
    this.shown = key;
    const arrived = this.sent.indexOf(key);
    if (arrived >= 0) {
      this.sent.splice(0, arrived + 1);
      return this.draw();
    }
    const isNewSpace = data.dim !== this.dim || data.nodes !== this.nodes;
    Object.assign(this, { dim: data.dim, nodes: data.nodes, spot: null, stroke: null });
    this.sent = [];
    clearTimeout(this.timer);
    if (isNewSpace) Object.assign(this, { past: [], future: [] });
    else this.past = [...this.past, this.density].slice(-MOST_UNDONE);
    this.density = densityOf(data.levels, data.floor);
    this.draw();
  }

  label() {
    const { words, dim } = this.data;
    this.root.classList.toggle("line", dim === 1);
    this.canvas.setAttribute("aria-label", words.area);
    for (const name of ["brush", "eraser", "undo", "redo", "clear"]) this.$(`.${name}`).textContent = words[name];
    for (const name of ["size", "flow"]) this.$(`.${name} span`).textContent = words[name];
    this.$(".hint").textContent = dim === 1 ? words.emptyLine : words.empty;
  }

  wire() {
    const { canvas } = this;
    canvas.onpointerdown = (event) => this.begin(event);
    canvas.onpointermove = (event) => this.move(event);
    canvas.onpointerup = canvas.onpointercancel = canvas.onlostpointercapture = (event) => this.end(event);
    canvas.onkeydown = (event) => this.onKey(event);
    canvas.onblur = () => this.showSpot(null);
    this.$(".brush").onclick = () => this.choose(false);
    this.$(".eraser").onclick = () => this.choose(true);
    this.$(".undo").onclick = () => this.undo();
    this.$(".redo").onclick = () => this.redo();
    this.$(".clear").onclick = () => this.change(() => this.density.fill(0));
    new ResizeObserver(() => this.data && this.draw()).observe(canvas);
    const themes = new MutationObserver(() => (this.root.isConnected ? this.draw() : themes.disconnect()));
    themes.observe(document.documentElement, { attributes: true });
  }

  /** @param {boolean} erases */
  choose(erases) {
    this.erases = erases;
    this.$(".brush").setAttribute("aria-pressed", String(!erases));
    this.$(".eraser").setAttribute("aria-pressed", String(erases));
  }

  // The brush. More pressure on a pen gives stronger paint.
  /** @param {number} pressure @returns {Brush} */
  brush(pressure = 0.5) {
    const flow = 0.06 * 1.4 ** (this.$(".flow input").valueAsNumber - 5) * 2 * (pressure || 0.5);
    return { radius: brushRadius(this.$(".size input").valueAsNumber), flow, erases: this.erases };
  }

  /** @param {PointerEvent} event @returns {Point} */
  at({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (event.button !== 0 || this.stroke) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.stroke = { pointer: event.pointerId, at: this.at(event), before: this.density.slice() };
    clearTimeout(this.timer);
    this.apply(this.stroke.at, this.stroke.at, event.pressure);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { stroke } = this;
    if (!stroke || stroke.pointer !== event.pointerId) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) {
      const to = this.at(each);
      this.apply(stroke.at, to, each.pressure);
      stroke.at = to;
    }
  }

  /** @param {PointerEvent} event */
  end(event) {
    const { stroke } = this;
    if (!stroke || stroke.pointer !== event.pointerId) return;
    this.stroke = null;
    this.record(stroke.before);
  }

  /** @param {Point} from @param {Point} to @param {number} [pressure] */
  apply(from, to, pressure) {
    if (this.dim === 1) bend(this.density, from, to, this.erases);
    else if (from === to) dab(this.density, this.nodes, to, this.brush(pressure));
    else paint(this.density, this.nodes, from, to, this.brush(pressure));
    this.draw();
  }

  /** @param {() => void} action */
  change(action) {
    const before = this.density.slice();
    action();
    this.record(before);
  }

  /** @param {Float64Array} before */
  record(before) {
    this.past = [...this.past, before].slice(-MOST_UNDONE);
    this.future = [];
    this.sendSoon();
  }

  undo() {
    this.swap(this.past, this.future);
  }

  redo() {
    this.swap(this.future, this.past);
  }

  /** @param {Float64Array[]} from @param {Float64Array[]} to */
  swap(from, to) {
    const other = from.pop();
    if (!other) return;
    to.push(this.density);
    this.density = other;
    this.sendSoon();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const key = event.key.toLowerCase(), isCommand = event.ctrlKey || event.metaKey;
    const step = STEPS[event.key];
    if (isCommand && key === "z" && !event.shiftKey) this.undo();
    else if (isCommand && (key === "y" || key === "z")) this.redo();
    else if (!isCommand && step) this.showSpot(step);
    else if (!isCommand && key === " ") this.stamp();
    else if (!isCommand && key === "e") this.choose(!this.erases);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Moves the keyboard's brush by a step, or hides it if the step is null.
  /** @param {Point | null} step */
  showSpot(step) {
    const { x, y } = this.spot ?? { x: 0.5, y: 0.5 };
    /** @param {number} value */
    const inside = (value) => Math.min(1, Math.max(0, value));
    const radius = brushRadius(this.$(".size input").valueAsNumber);
    this.spot = step && { x: inside(x + STEP * step[0]), y: inside(y + STEP * step[1]), radius };
    this.draw();
  }

  stamp() {
    if (!this.spot) this.showSpot([0, 0]);
    const { x, y } = /** @type {Spot} */ (this.spot);
    this.change(() => {
      if (this.dim === 1) bend(this.density, [x - STEP, y], [x + STEP, y], this.erases);
      else dab(this.density, this.nodes, [x, y], { ...this.brush(), flow: 4 * this.brush().flow });
    });
  }

  sendSoon() {
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), SEND_MS);
  }

  // Sends the sketch to the page. An empty sketch has no density, so it is not sent, and the pictures stay as they are.
  send() {
    const levels = levelsOf(this.density, this.data.floor);
    if (!levels || this.stroke) return;
    this.sent.push(`${this.dim} ${levels}`);
    this.setStateValue("drawn", { levels, dim: this.dim, at: Date.now() });
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      if (!this.data) return;
      const isEmpty = !this.density.some((value) => value > 1e-6);
      this.$(".hint").hidden = !isEmpty;
      this.$(".clear").disabled = isEmpty;
      this.$(".undo").disabled = !this.past.length;
      this.$(".redo").disabled = !this.future.length;
      drawSketch(this);
    });
  }
}
