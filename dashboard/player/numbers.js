// @ts-check
// The key numbers of each panel in large type: ‖v_t‖² and max |v_t| at the current time.

// Minimum time between two updates while playing. Numbers that change in every animation frame are unreadable, and slow
// down the page.
const NUMBERS_MS = 120;
// A grid cell this many pixels wide looks blurred.
const COARSE_CELL = 10;

/** @param {Player} player */
function refreshNumbers(player) {
  const { scene, clock } = player, now = performance.now();
  if (clock.playing && now - player.numbersAt < NUMBERS_MS) return;
  player.numbersAt = now;
  for (const view of scene.views) {
    const fields = view.numbers, { energy, speed, beside } = numbersOf(view, scene.t);
    setText(fields.energy, energy);
    setText(fields.speed, speed);
    setText(fields.beside, beside);
  }
  setText(player.$(".zoom-note"), zoomText(player));
}

// Shows how far the pictures are enlarged, and the grid's spacing if the zoom exceeds the resolution of the grid.
/** @param {Player} player */
function zoomText({ lens, scene }) {
  if (lens.factor < 1.05 || !scene.views.length) return "";
  const [view] = scene.views, place = view.places?.plane ?? view.places?.density, cell = view.frames.spacing;
  const blurred = place && place.x(cell) - place.x(0) > COARSE_CELL;
  return TEXTS.zoom(lens.factor, blurred ? cell : 0);
}

/** @param {Element} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {View} view @param {number} t */
function numbersOf(view, t) {
  const { frames, exact } = view, isKnown = !view.untrained && !view.motionless;
  /** @param {Values} values */
  const value = (values) => (isKnown && values ? numberOrDash(valueAt(frames, values, t)) : "–");
  const compared = isKnown && frames !== exact && exact ? numberOrDash(valueAt(exact, exact.energy, t)) : "–";
  const beside = compared === "–" ? "" : TEXTS.exactValue(compared);
  return { energy: value(frames.energy), speed: value(frames.speed), beside };
}

// The key numbers in one line, for a saved picture.
/** @param {View} view @param {number} t */
function numbersText(view, t) {
  const { energy, speed, beside } = numbersOf(view, t);
  return `‖vₜ‖² ${energy}${beside && ` (${beside})`} · max |vₜ| ${speed}`;
}

/** @param {number} value */
function numberOrDash(value) {
  return Number.isNaN(value) ? "–" : formatNumber(value);
}
