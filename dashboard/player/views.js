// @ts-check
// Functions that act on all views of a scene. A view is one picture: a panel with its exact or learned frames.

// The frames of a view that exist: first the learned ones, then the exact ones.
/** @param {View} view */
function curvesOf({ learned, exact }) {
  return [{ frames: learned, learned: true }, { frames: exact, learned: false }].filter(({ frames }) => frames);
}

// If a view has frames for a single time only, as in a preview: that time. Null if all views have frames for several.
/** @param {View[]} views @returns {number | null} */
function onlyTime(views) {
  return views.find((view) => view.frames.times.length === 1)?.frames.times[0] ?? null;
}

// The views whose curves the strips show: all but untrained learned curves, or all if there are no others.
/** @param {View[]} views */
function comparedViews(views) {
  const trained = views.filter((view) => !view.untrained);
  return trained.length ? trained : views;
}

// The time before t = 1 at which the kinetic energy of the linear curve is largest; if it is not shown, of any curve
// shown. `worst_moment` in core/teleportation.py has the same rule.
/** @param {View[]} views @returns {Worst | null} */
function worstMoment(views) {
  const candidates = views.filter((view) => !view.untrained && !view.motionless);
  const linear = candidates.filter((view) => view.panel.method === "linear");
  /** @type {Worst} */
  let worst = null;
  for (const view of linear.length ? linear : candidates) {
    const frames = view.exact ?? view.frames;
    const values = frames.energy.some(Number.isFinite) ? frames.energy : frames.speed;
    values.forEach((value, i) => {
      const isMore = frames.times[i] < 1 && Number.isFinite(value) && !(value <= worst?.value);
      if (isMore) worst = { view, frames, value, i, t: frames.times[i] };
    });
  }
  return worst;
}

// Sentences about the worst moment: the kinetic energy, and the mode that most of the missing mass must still reach.
/** @param {Worst} worst */
function worstText({ view, frames, i, t }) {
  const energy = TEXTS.worst(view.panel.title, frames.energy[i], t);
  if (!frames.modeMass) return energy;
  const now = massesAt(frames, frames.modeMass, t), end = massesAt(frames, frames.modeMass, 1);
  const missing = end.map((mass, k) => mass - now[k]), k = missing.indexOf(Math.max(...missing));
  return `${energy} ${TEXTS.worstMode(k + 1, now[k], end[k])}`;
}

// The text over a picture that viewers could otherwise mistake for a result.
/** @param {View} view */
function overText(view) {
  if (view.untrained) return TEXTS.untrained(view.panel.course.length > 0);
  return view.motionless ? TEXTS.motionless : "";
}
