// The modes of a Gaussian mixture as handles on the pictures. While one is moved the exact pictures follow (preview.js); once it is let
// go of, the page is told.

// An arrow key moves a mode by this share of the picture; so long after the last one the page is told.
const KEY_SHARE = 0.01, KEYS_MS = 600;
const ARROWS_OF_KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

class Modes {
  constructor(player) {
    Object.assign(this, { player, told: null, own: null, held: null, box: null, timer: 0 });
  }

  // Where the page has them; what was moved since then is over once it has them elsewhere.
  follow(terms) {
    const means = terms?.movable ? (terms.problem.target.means ?? null) : null;
    if (JSON.stringify(means) !== JSON.stringify(this.told)) this.own = null;
    Object.assign(this, { told: means, movable: !!terms?.movable });
  }

  get means() {
    return this.own ?? this.told;
  }

  get isOn() {
    return !!this.player.settings.modes && this.means !== null;
  }

  // The switch: modes of another target are named one by one first.
  toggle() {
    const on = !this.isOn;
    this.player.choose({ modes: on });
    if (on && this.means === null) this.player.setTriggerValue("modes", {});
  }

  // Handles for one picture, made and placed anew only where something has changed.
  place(view) {
    const layer = view.canvas.parentElement.querySelector(".handles"), plot = view.places?.plane ?? view.places?.density;
    const means = this.isOn && plot ? this.means : [];
    const key = means.length ? [JSON.stringify(means), plot.left, plot.top, plot.width, plot.height, plot.xRange, plot.yRange].join() : "";
    if (layer.dataset.key === key) return;
    layer.dataset.key = key;
    while (layer.children.length > means.length) layer.lastChild.remove();
    while (layer.children.length < means.length) layer.append(this.handle(layer.children.length));
    means.forEach((mean, k) => {
      const handle = layer.children[k], [x, y] = [plot.x(mean[0]), mean.length > 1 ? plot.y(mean[1]) : plot.bottom];
      handle.style.transform = `translate(${x}px, ${y}px)`;
      handle.hidden = !plot.holds(x, y);
      handle.setAttribute("aria-label", `Mode ${k + 1} at x = ${mean.map(told).join(", ")}. Arrow keys move it, Delete removes it.`);
    });
    layer.style.setProperty("--colour", view.methodColour);
    layer.view = view;
  }

  handle(k) {
    const handle = document.createElement("button");
    handle.className = "mode";
    handle.onpointerdown = (event) => this.hold(event, k);
    handle.onpointermove = (event) => this.drag(event);
    handle.onpointerup = handle.onpointercancel = () => this.release();
    handle.onkeydown = (event) => this.onKey(event, k);
    return handle;
  }

  // The box stays while a mode is held, or it would run away with the finger.
  hold(event, k) {
    const handle = event.currentTarget, { view } = handle.parentElement;
    handle.setPointerCapture(event.pointerId);
    this.held = { k, canvas: view.canvas, plot: view.places.plane ?? view.places.density };
    this.box = this.player.scene.box;
    this.player.pause();
  }

  drag(event) {
    if (!this.held) return;
    const { k, canvas, plot } = this.held, corner = canvas.getBoundingClientRect();
    this.moveTo(k, this.placeAt(plot, event.clientX - corner.left, event.clientY - corner.top));
  }

  release() {
    if (!this.held) return;
    Object.assign(this, { held: null, box: null });
    this.player.preview.expectPage();
    if (this.own) this.tell(this.own, this.own.map((_, k) => k));
    this.player.rebuild();
  }

  // A place under the pointer, inside of the plot, with no more digits than can be seen.
  placeAt(plot, px, py) {
    const within = (value, [low, high]) => Math.min(high, Math.max(low, value));
    const digits = (value, [low, high]) => Number(value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(high - low)))));
    const at = [[plot.atX(px), plot.xRange], [plot.atY(py), plot.yRange]].slice(0, this.means[0].length);
    return at.map(([value, range]) => digits(within(value, range), range));
  }

  moveTo(k, mean) {
    if (JSON.stringify(mean) === JSON.stringify(this.means[k])) return;
    this.own = this.means.map((other, j) => (j === k ? mean : other));
    const { preview } = this.player, { target } = preview.terms.problem;
    preview.want({ ...preview.terms.problem, target: { ...target, means: this.own } });
    this.player.clock.request();
  }

  onKey(event, k) {
    const arrow = ARROWS_OF_KEYS[event.key], isDelete = event.key === "Delete" || event.key === "Backspace";
    if (!arrow && !isDelete) return;
    event.preventDefault();
    event.stopPropagation();
    if (isDelete) return this.remove(k);
    const { view } = event.currentTarget.parentElement, plot = view.places.plane ?? view.places.density, mean = this.means[k];
    const step = KEY_SHARE * (event.shiftKey ? 5 : 1), y = mean.length > 1 ? plot.y(mean[1]) : 0;
    this.moveTo(k, this.placeAt(plot, plot.x(mean[0]) + step * arrow[0] * plot.width, y - step * arrow[1] * plot.height));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.own && this.tell(this.own, this.own.map((_, j) => j)), KEYS_MS);
  }

  // At a double click on a picture.
  add(plot, px, py) {
    if (plot.holds(px, py)) this.tell([...this.means, this.placeAt(plot, px, py)], [...this.means.keys(), null]);
  }

  remove(k) {
    if (this.means.length < 2) return this.player.say("The last mode stays.");
    const kept = [...this.means.keys()].filter((j) => j !== k);
    this.tell(kept.map((j) => this.means[j]), kept);
  }

  tell(means, kept) {
    clearTimeout(this.timer);
    this.player.setTriggerValue("modes", { means, kept });
  }

  stop() {
    clearTimeout(this.timer);
  }
}
