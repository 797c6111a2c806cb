// @ts-check
// The action of a curve, ∫ ‖v_t‖² dt, and its lower bound W₂², the squared Wasserstein distance of latent and target.

// The action by Simpson's rule is shown only if leaving out every other frame changes it by at most this fraction.
const ACTION_TOLERANCE = 0.05;
// Number of quantiles in the sum for W₂² on the line.
const QUANTILES = 4000;

// A text such as "action 487 · W₂² 9.19"; empty if neither is known, and for a sampler, which has no curve.
/** @param {View} view */
function actionText(view) {
  const { exact, learned, panel, untrained, motionless } = view;
  if (learned?.source === "chains") return "";
  const isComputing = exact?.times.length === 1;
  if (untrained || motionless || !exact || isComputing) return "";
  const action = panel.transport?.action ?? actionOf(exact), { w2, uncertainty } = distanceOf(panel, exact);
  if (action === null && w2 === null) return "";
  const actionPart = action === null ? TEXTS.actionUnknown(isTooSteep(exact)) : TEXTS.actionValue(action);
  if (w2 === null) return actionPart;
  // A sampled or rounded W₂² can exceed the action, which seems to contradict the theory. So its uncertainty is
  // shown.
  const isAbove = action !== null && action < w2, showsUncertainty = uncertainty > 0 && (panel.transport || isAbove);
  if (isAbove && !showsUncertainty) return actionPart;
  return `${actionPart} · ${TEXTS.distance(w2, showsUncertainty ? uncertainty : 0)}`;
}

// Whether the action is unknown because ‖v_t‖² is too steep, rather than because some values are unknown or missing.
/** @param {Frames} frames */
function isTooSteep({ energy, times }) {
  return times.length > 4 && energy.every(Number.isFinite);
}

// The action by Simpson's rule over the frames; null if it cannot be computed from them reliably.
/** @param {Frames} frames @returns {number | null} */
function actionOf(frames) {
  if (frames.action === undefined) frames.action = simpson(frames.times, frames.energy);
  return frames.action;
}

/** @param {Values} times @param {Values} values @returns {number | null} */
function simpson(times, values) {
  const count = times.length - 1, step = 1 / count;
  const isEven = count >= 4 && count % 4 === 0 && times.every((t, i) => Math.abs(t - i * step) < 1e-6);
  if (!isEven || !values.every(Number.isFinite)) return null;
  /** @param {number} every */
  const sum = (every) => {
    let total = values[0] + values[count];
    for (let i = every; i < count; i += every) total += (i / every) % 2 ? 4 * values[i] : 2 * values[i];
    return (total * every * step) / 3;
  };
  const fine = sum(1), coarse = sum(2);
  return Math.abs(fine - coarse) <= ACTION_TOLERANCE * Math.abs(fine) ? fine : null;
}

// W₂² from the server, or null. On the line, a missing W₂² is computed from the quantiles of both ends; its uncertainty
// is how much it changes when every other grid point is left out.
/** @param {Panel} panel @param {Frames} exact @returns {{w2: number | null, uncertainty: number | null}} */
function distanceOf(panel, exact) {
  const { w2_squared: w2 = null, w2_uncertainty: uncertainty = null } = panel.transport ?? {};
  if (w2 !== null || exact.dim > 1 || exact.times.length < 2) return { w2, uncertainty };
  if (!exact.distance) {
    const fine = lineDistance(exact, 1);
    exact.distance = { w2: fine, uncertainty: Math.abs(fine - lineDistance(exact, 2)) };
  }
  return exact.distance;
}

// W₂² = ∫ (F₁⁻¹(q) − F₀⁻¹(q))² dq. Both quantile functions increase with q, so one pass over each grid is enough.
/** @param {Frames} frames @param {number} every */
function lineDistance(frames, every) {
  const [start, end] = [0, 1].map((t) => quantilesOf(frames.distribution(t).filter((_, k) => k % every === 0)));
  let sum = 0;
  for (let q = 0; q < QUANTILES; q++) sum += (end[q] - start[q]) ** 2;
  return (sum / QUANTILES) * (every * frames.spacing) ** 2;
}

// The quantiles at QUANTILES equally spaced levels, as (fractional) indices of grid points.
/** @param {Float64Array} cumulative */
function quantilesOf(cumulative) {
  const places = new Float64Array(QUANTILES), last = cumulative.length - 1;
  for (let q = 0, k = 1; q < QUANTILES; q++) {
    const level = (q + 0.5) / QUANTILES;
    while (k < last && cumulative[k] < level) k++;
    const w = (level - cumulative[k - 1]) / (cumulative[k] - cumulative[k - 1] || 1);
    places[q] = k - 1 + Math.min(1, Math.max(0, w));
  }
  return places;
}
