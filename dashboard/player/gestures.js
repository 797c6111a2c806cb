// @ts-check
// Wheel, pinch and drag over a picture: zoom and pan.

// Once a wheel movement scrolls the page, it keeps scrolling it until the wheel has been still for SAME_TURN_MS. One
// pixel of wheel movement changes the logarithm of the zoom by WHEEL_RATE.
const SAME_TURN_MS = 350, WHEEL_RATE = 0.002;
// A press that moves fewer pixels than this is a click.
const CLICK_PIXELS = 4;

/** @param {Player} player @param {Picture} canvas */
function wireGestures(player, canvas) {
  /** @type {Gesture} */
  const gesture = { player, canvas, drag: null, pinch: null, wheeled: -Infinity };
  canvas.addEventListener("wheel", (event) => onWheel(gesture, event), { passive: false });
  canvas.addEventListener("pointerdown", (event) => beginDrag(gesture, event));
  canvas.addEventListener("pointermove", (event) => onDrag(gesture, event));
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (gesture.drag = null));
  for (const name of /** @type {const} */ (["touchstart", "touchmove"]))
    canvas.addEventListener(name, (event) => onTouch(gesture, event), { passive: false });
  for (const name of ["touchend", "touchcancel"]) canvas.addEventListener(name, () => (gesture.pinch = null));
}

// The plot under a pixel, and for each of its two axes the coordinate that it shows; null for an axis that cannot be
// zoomed, such as time.
/** @param {Picture} canvas @param {number} px @param {number} py @returns {PlotUnder | null} */
function plotAt(canvas, px, py) {
  const places = canvas.view?.places ?? {};
  if (places.plane?.holds(px, py)) return { place: places.plane, axes: [0, 1] };
  const name = /** @type {const} */ (["density", "velocity", "evolution"]).find((key) => places[key]?.holds(px, py));
  return name ? { place: places[name], axes: name === "evolution" ? [null, 0] : [0, null] } : null;
}

// The coordinates of a pixel, for the axes that can be zoomed.
/** @param {PlotUnder} plot @param {number} px @param {number} py @returns {number[]} */
function spotOf({ place, axes }, px, py) {
  const values = [place.atX(px), place.atY(py)];
  /** @type {number[]} */
  const spot = [];
  axes.forEach((axis, k) => axis !== null && (spot[axis] = values[k]));
  return spot;
}

/** @param {Gesture} gesture @param {WheelEvent} event */
function onWheel(gesture, event) {
  const { player, canvas } = gesture, { lens } = player, now = event.timeStamp;
  const plot = plotAt(canvas, event.offsetX, event.offsetY), ownTurn = now - gesture.wheeled < SAME_TURN_MS;
  if (!plot || (!event.ctrlKey && !ownTurn && now - player.pageScrolled < SAME_TURN_MS)) return;
  const pixels = event.deltaMode === 1 ? 16 * event.deltaY : event.deltaY, factor = Math.exp(-pixels * WHEEL_RATE);
  // Once the whole picture is visible, zooming out further scrolls the page instead, but not within the same wheel
  // movement.
  if (factor < 1 && lens.factor < 1.0001 && !ownTurn && !event.ctrlKey) {
    player.pageScrolled = now;
    return;
  }
  event.preventDefault();
  gesture.wheeled = now;
  lens.zoom(event.ctrlKey ? factor ** 4 : factor, spotOf(plot, event.offsetX, event.offsetY));
}

/** @param {Gesture} gesture @param {PointerEvent} event */
function beginDrag(gesture, event) {
  gesture.canvas.wasDragged = false;
  const plot = plotAt(gesture.canvas, event.offsetX, event.offsetY);
  if (event.button !== 0 || event.pointerType === "touch" || !plot || gesture.player.lens.factor < 1.0001) return;
  gesture.drag = { plot, x: event.clientX, y: event.clientY };
}

/** @param {Gesture} gesture @param {PointerEvent} event */
function onDrag(gesture, event) {
  const { canvas, player } = gesture, from = gesture.drag;
  if (!from) return;
  const dx = event.clientX - from.x, dy = event.clientY - from.y;
  if (!canvas.wasDragged && Math.hypot(dx, dy) < CLICK_PIXELS) return;
  if (!canvas.wasDragged) canvas.setPointerCapture(event.pointerId);
  canvas.wasDragged = true;
  Object.assign(from, { x: event.clientX, y: event.clientY });
  player.lens.pan(shiftOf(from.plot, dx, dy));
}

// The shift of the visible box, on each axis, for a drag by (dx, dy) pixels.
/** @param {PlotUnder} plot @param {number} dx @param {number} dy */
function shiftOf({ place, axes }, dx, dy) {
  const [here, there] = [spotOf({ place, axes }, 0, 0), spotOf({ place, axes }, dx, dy)];
  return here.map((value, k) => value - there[k]);
}

// Two fingers zoom around their midpoint and pan with it; one finger scrolls the page.
/** @param {Gesture} gesture @param {TouchEvent} event */
function onTouch(gesture, event) {
  if (event.touches.length !== 2) return;
  event.preventDefault();
  const { player, canvas } = gesture, bounds = canvas.getBoundingClientRect(), [a, b] = event.touches;
  const x = (a.clientX + b.clientX) / 2 - bounds.left, y = (a.clientY + b.clientY) / 2 - bounds.top;
  const spread = Math.max(10, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY)), last = gesture.pinch;
  const plot = last?.plot ?? plotAt(canvas, x, y);
  gesture.pinch = plot && { plot, x, y, spread };
  if (!last || !plot) return;
  const now = plotAt(canvas, x, y) ?? plot;
  player.lens.zoom(spread / last.spread, spotOf(now, last.x, last.y));
  player.lens.pan(shiftOf(now, x - last.x, y - last.y));
}

/** @param {Player} player */
function wireLens(player) {
  const { $, lens } = player;
  $(".closer").onclick = () => lens.zoom(ZOOM_STEP);
  $(".wider").onclick = () => lens.zoom(1 / ZOOM_STEP);
  $(".whole").onclick = () => lens.show(null);
  $(".follow").onclick = () => lens.toggleFollow();
  const scrolled = () => (player.pageScrolled = performance.now());
  document.addEventListener("scroll", scrolled, { capture: true, passive: true, signal: player.ended.signal });
  player.refreshLens = () => refreshLens(player);
}

/** @param {Player} player */
function refreshLens(player) {
  const { $, lens, memory, scene } = player, plane = scene.views.some((view) => view.frames.dim > 1);
  $(".follow").hidden = !plane;
  $(".follow").setAttribute("aria-pressed", String(memory.lens.follow && plane));
  $(".whole").disabled = lens.isWhole;
}
