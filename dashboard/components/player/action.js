// The action of a curve, ∫‖v_t‖² dt, and W₂² of its ends, which bounds it from below.

// A sum over the frames counts as known where half of them give the same within this share; then it is off by far less.
const SETTLED = 0.05;
// Quantiles that W₂² on the line is summed over.
const QUANTILES = 4000;

// One line, the same at all times.
function actionText(view) {
  const { exact, panel, untrained, motionless } = view;
  if (untrained || motionless || !exact) return "";
  const action = panel.transport?.action ?? actionOf(exact), { w2, spread } = distanceOf(panel, exact);
  if (action === null && w2 === null) return "";
  const left = action === null ? "action not known" : `action ${told(action)}`;
  if (w2 === null) return left;
  // A sampled or rounded distance may lie above the action, which without its uncertainty would contradict the theory.
  const isAbove = action !== null && action < w2, uncertain = spread > 0 && (panel.transport || isAbove);
  if (isAbove && !uncertain) return left;
  return `${left} · W₂² ${told(w2)}${uncertain ? ` ± ${told(Number(spread.toPrecision(1)))}` : ""}`;
}

// Simpson's rule over the frames; null where they are too few to tell.
function actionOf(answer) {
  if (answer.action === undefined) answer.action = simpson(answer.times, answer.energy);
  return answer.action;
}

function simpson(times, values) {
  const count = times.length - 1, step = 1 / count;
  const isEven = count >= 4 && count % 4 === 0 && times.every((t, i) => Math.abs(t - i * step) < 1e-6);
  if (!isEven || !values.every(Number.isFinite)) return null;
  const sum = (every) => {
    let total = values[0] + values[count];
    for (let i = every; i < count; i += every) total += (i / every) % 2 ? 4 * values[i] : 2 * values[i];
    return (total * every * step) / 3;
  };
  const fine = sum(1), coarse = sum(2);
  return Math.abs(fine - coarse) <= SETTLED * Math.abs(fine) ? fine : null;
}

// As the server has computed it; on the line from the quantiles of both ends, with what half of the grid would change.
function distanceOf(panel, exact) {
  const { w2_squared: w2 = null, w2_uncertainty: spread = null } = panel.transport ?? {};
  if (w2 !== null || exact.dim > 1 || exact.times.length < 2) return { w2, spread };
  exact.distance ??= { w2: lineDistance(exact, 1), spread: Math.abs(lineDistance(exact, 1) - lineDistance(exact, 2)) };
  return exact.distance;
}

// Both quantile functions rise with the level: one walk along each.
function lineDistance(answer, every) {
  const ends = [0, 1].map((t) => answer.distribution(t).filter((_, k) => k % every === 0)), at = [1, 1];
  let sum = 0;
  for (let q = 0; q < QUANTILES; q++) {
    const level = (q + 0.5) / QUANTILES;
    const [x0, x1] = ends.map((cumulative, e) => {
      while (at[e] < cumulative.length - 1 && cumulative[at[e]] < level) at[e]++;
      const rise = cumulative[at[e]] - cumulative[at[e] - 1], share = (level - cumulative[at[e] - 1]) / (rise || 1);
      return answer.point(0, every * (at[e] - 1 + Math.min(1, Math.max(0, share))));
    });
    sum += (x1 - x0) ** 2;
  }
  return sum / QUANTILES;
}
