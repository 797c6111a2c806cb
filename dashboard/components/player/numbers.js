// The key numbers of each panel, in large figures: ‖v_t‖² and max |v_t| at the time that is seen.

// While it plays, figures that change at every frame could not be read, and each change costs a layout.
const NUMBERS_MS = 120;
// A cell of the grid that is this many pixels wide looks blurred.
const COARSE_CELL = 10;

function refreshNumbers(player) {
  const { scene, clock } = player, now = performance.now();
  if (clock.playing && now - (player.numbersAt ?? -Infinity) < NUMBERS_MS) return;
  player.numbersAt = now;
  for (const view of scene.views) {
    const fields = view.numbers, { energy, speed, beside } = numbersOf(view, scene.t);
    setText(fields.energy, energy);
    setText(fields.speed, speed);
    setText(fields.beside, beside);
  }
  setText(player.$(".lensnote"), lensText(player));
}

// How far the pictures are enlarged, and where that is farther than the backdrop's grid goes.
function lensText({ lens, scene }) {
  if (lens.factor < 1.05 || !scene.views.length) return "";
  const [view] = scene.views, place = view.places?.plane ?? view.places?.density, cell = spacingOf(view.answer);
  const blurred = place && place.x(cell) - place.x(0) > COARSE_CELL;
  const grid = `; the backdrop is computed every ${told(cell)} and interpolated in between`;
  return `Enlarged ${told(Number(lens.factor.toPrecision(2)))}×${blurred ? grid : ""}.`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function numbersOf(view, t) {
  const { answer, exact } = view, isAnswer = !view.untrained && !view.motionless;
  const value = (values) => (isAnswer && values ? figure(between(answer, values, t)) : "–");
  const compared = isAnswer && answer !== exact && exact ? figure(between(exact, exact.energy, t)) : "–";
  const beside = compared === "–" ? "" : `exact ${compared}`;
  return { energy: value(answer.energy), speed: value(answer.speed), beside };
}

// The same in one line, for a saved picture.
function numbersText(view, t) {
  const { energy, speed, beside } = numbersOf(view, t);
  return `‖vₜ‖² ${energy}${beside && ` (${beside})`} · max |vₜ| ${speed}`;
}

function figure(value) {
  return Number.isNaN(value) ? "–" : told(value);
}
