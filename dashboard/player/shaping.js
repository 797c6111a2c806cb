// @ts-check
// The selected mode: an ellipse with a handle on each axis in the pictures, and a field for its weight below them. On
// the line there is one handle, for the width.

const OUTLINE_POINTS = 64, WHEEL_GROWTH = 1.1, WIDTH_GROWTH = 1.05, TURN = Math.PI / 60;

class Shaping {
  /** @type {number} The selected mode; null before any is selected. */
  selected = null;
  /** @type {HeldAxis} */
  held = null;
  /** @type {Axes2} The axes in the order of the handles. A drag does not change this order. */
  axes = null;
  axesKey = "";

  /** @param {Modes} modes */
  constructor(modes) {
    this.modes = modes;
    const field = modes.player.$(".share");
    field.oninput = () => this.setShare(Number(field.value) / 100, true);
  }

  /** @param {number} k */
  select(k) {
    this.selected = k;
    this.modes.player.clock.request();
  }

  // The selected mode, unless it was removed.
  get mode() {
    const count = this.modes.isOn ? this.modes.mixture.means.length : 0;
    return this.selected !== null && this.selected < count ? this.selected : null;
  }

  // The axes of the selected mode, in the order of the handles. After a drag, the second may be longer than the first.
  currentAxes() {
    const { mixture } = this.modes, k = this.mode, found = ModeShape.axesOf(mixture, k);
    const key = JSON.stringify([k, ModeShape.triangleOf(found)]);
    if (key !== this.axesKey) Object.assign(this, { axes: found, axesKey: key });
    return this.axes;
  }

  // Updates the outline and the handles on one picture.
  /** @param {View} view @param {Plot | undefined} plot @param {boolean} isFirst */
  place(view, plot, isFirst) {
    const layer = /** @type {Handles} */ (view.canvas.parentElement.querySelector(".shape")), k = this.mode;
    layer.hidden = k === null || !plot;
    if (isFirst) this.refreshField();
    if (layer.hidden) return;
    layer.view = view;
    layer.style.setProperty("--colour", view.methodColour);
    const mean = this.modes.mixture.means[k], axes = this.currentAxes();
    const path = outline(mean, axes).map((spot) => HANDLES.pixelsOf(plot, spot).map((pixel) => pixel.toFixed(1)));
    layer.querySelector("path").setAttribute("d", `M${path.map((pixels) => pixels.join(" ")).join("L")}`);
    this.fillHandles(layer, axes.widths.length);
    axes.widths.forEach((width, axis) => {
      const handle = /** @type {HTMLElement} */ (layer.querySelectorAll("button")[axis]);
      const [x, y] = HANDLES.pixelsOf(plot, tipOf(mean, axes, axis));
      handle.style.transform = `translate(${x}px, ${y}px)`;
      handle.hidden = !plot.holds(x, y);
      handle.tabIndex = isFirst ? 0 : -1;
      handle.setAttribute("aria-label", TEXTS.axis(k + 1, width, axis, axes.widths.length));
    });
  }

  /** @param {HTMLElement} layer @param {number} count */
  fillHandles(layer, count) {
    const handles = layer.querySelectorAll("button");
    for (let axis = handles.length; axis < count; axis++) {
      const handle = document.createElement("button");
      handle.className = "axis";
      handle.onpointerdown = (event) => this.hold(event, axis);
      handle.onpointermove = (event) => this.drag(event);
      handle.onpointerup = handle.onpointercancel = handle.onlostpointercapture = (event) => this.release(event);
      handle.onkeydown = (event) => this.onKey(event, axis);
      layer.append(handle);
    }
    for (let axis = count; axis < handles.length; axis++) handles[axis].remove();
  }

  // Updates the row with the field for the weight, which all pictures share.
  refreshField() {
    const { player, mixture } = this.modes, k = this.mode, row = player.$(".shares");
    row.hidden = k === null;
    if (row.hidden) return;
    const field = player.$(".share"), root = /** @type {ShadowRoot} */ (row.getRootNode());
    player.$(".which").textContent = TEXTS.selectedMode(k + 1);
    field.disabled = mixture.means.length < 2;
    if (root.activeElement !== field) field.value = Number((100 * ModeShape.shareOf(mixture, k)).toPrecision(3));
  }

  /** @param {PointerEvent} event @param {number} axis */
  hold(event, axis) {
    if (event.button !== 0 || this.held) return;
    const handle = /** @type {HTMLElement} */ (event.currentTarget), { player } = this.modes;
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    const plot = HANDLES.plotOf(HANDLES.viewOf(handle));
    const spot = HANDLES.pixelsOf(plot, tipOf(this.mean, this.axes, axis));
    const offset = [spot[0] - event.clientX, spot[1] - event.clientY];
    this.held = { axis, plot, pointerId: event.pointerId, offset, box: player.scene.box, moved: false };
    player.pause();
    player.commitSoon();
  }

  get mean() {
    return this.modes.mixture.means[this.mode];
  }

  /** @param {PointerEvent} event */
  drag({ pointerId, clientX, clientY }) {
    const { held } = this;
    if (!held || held.pointerId !== pointerId || this.mode === null) return;
    held.moved = true;
    const { plot, offset, axis } = held;
    const away = [plot.atX(clientX + offset[0]), plot.atY(clientY + offset[1])].map((v, i) => v - (this.mean[i] ?? v));
    this.reshape(pulledAxes(this.axes, axis, away));
  }

  /** @param {PointerEvent} event */
  release({ pointerId }) {
    if (!this.held || this.held.pointerId !== pointerId) return;
    const { moved } = this.held;
    this.held = null;
    this.modes.player.preview.expectPage();
    if (moved) this.modes.sendOwn();
    this.modes.player.rebuild();
  }

  /** @param {Axes2} axes */
  reshape(axes) {
    const k = this.mode, usable = ModeShape.usableAxes(axes);
    const own = ModeShape.withAxes(this.modes.mixture, k, usable), found = ModeShape.axesOf(own, k);
    this.modes.own = own;
    Object.assign(this, { axes: usable, axesKey: JSON.stringify([k, ModeShape.triangleOf(found)]) });
    this.modes.showPreview();
  }

  // Left and right change the width of the mode; up and down turn its first axis.
  /** @param {KeyboardEvent} event @param {number} axis */
  onKey(event, axis) {
    const step = HANDLES.STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const { widths, angle } = this.axes, turns = axis === 0 && widths.length > 1;
    const growth = WIDTH_GROWTH ** (step[0] + (turns ? 0 : step[1]));
    this.reshape({
      widths: widths.map((width, i) => (i === axis ? width * growth : width)),
      angle: angle + (turns ? TURN * step[1] : 0),
    });
    this.modes.sendSoon();
  }

  // The wheel changes the weight of the selected mode. Over another mode, it scrolls the page.
  /** @param {WheelEvent} event @param {number} k */
  onWheel(event, k) {
    if (k !== this.mode) return;
    event.preventDefault();
    event.stopPropagation();
    this.growShare(-Math.sign(event.deltaY));
  }

  /** @param {number} steps */
  growShare(steps) {
    if (this.mode !== null) this.setShare(ModeShape.shareOf(this.modes.mixture, this.mode) * WHEEL_GROWTH ** steps);
  }

  /** @param {number} share @param {boolean} isTyped */
  setShare(share, isTyped = false) {
    if (this.mode === null || !(share > 0) || (isTyped && share >= 1)) return;
    this.modes.own = ModeShape.withShare(this.modes.mixture, this.mode, share);
    this.modes.showPreview();
    this.modes.sendSoon();
  }
}

// The end of an axis, where its handle is.
/** @param {Mean} mean @param {Axes2} axes @param {number} axis */
function tipOf(mean, { widths, angle }, axis) {
  if (widths.length < 2) return [mean[0] + widths[0]];
  const at = angle + (axis * Math.PI) / 2;
  return [mean[0] + widths[axis] * Math.cos(at), mean[1] + widths[axis] * Math.sin(at)];
}

// Points of the ellipse at one standard deviation around the mean; on the line, the two ends of an interval.
/** @param {Mean} mean @param {Axes2} axes */
function outline(mean, { widths, angle }) {
  if (widths.length < 2) return [[mean[0] - widths[0]], [mean[0] + widths[0]]];
  return Array.from({ length: OUTLINE_POINTS + 1 }, (_, i) => {
    const turn = (2 * Math.PI * i) / OUTLINE_POINTS;
    const [along, across] = [widths[0] * Math.cos(turn), widths[1] * Math.sin(turn)];
    return [
      mean[0] + along * Math.cos(angle) - across * Math.sin(angle),
      mean[1] + along * Math.sin(angle) + across * Math.cos(angle),
    ];
  });
}

// The axes after a drag of one end; `away` is its new position relative to the mean. The first axis turns with the
// pointer; the second one only changes its length.
/** @param {Axes2} axes @param {number} axis @param {number[]} away @returns {Axes2} */
function pulledAxes({ widths, angle }, axis, away) {
  if (widths.length < 2) return { widths: [Math.abs(away[0])], angle };
  if (axis === 0) return { widths: [Math.hypot(...away), widths[1]], angle: Math.atan2(away[1], away[0]) };
  return { widths: [widths[0], Math.abs(away[1] * Math.cos(angle) - away[0] * Math.sin(angle))], angle };
}
