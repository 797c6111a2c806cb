// @ts-check
// Predictions: the player hides the future, the viewer guesses, and the player shows the truth. The question is which
// fraction of the mass lies to the right of a gap, at the time at which the curves differ most. Hardly any mass lies in
// the gap, so its exact position does not matter.

// Earliest and latest time of a question, and the minimum time between the visible past and the question.
const QUESTION_TIMES = [0.05, 0.95], LEAD = 0.05;
// The gap in the question lies between the quantiles of the target at these levels.
const INNER = [0.1, 0.9];

// The frames that show the truth of a prediction: the exact ones if they are known. Null for an untrained curve, and
// for pictures that are the same at all times.
/** @param {View} view @returns {Frames | null} */
function truthOf(view) {
  const frames = view.exact ?? view.frames;
  return view.untrained || isMotionless(frames) ? null : frames;
}

/** @param {View[]} views */
function canPredict(views) {
  return views.some((view) => truthOf(view)?.times.length > 1);
}

/** @param {Frames} frames @param {number} t @param {number} cut */
function fractionRight(frames, t, cut) {
  return 1 - frames.levelOf(cut, frames.distribution(t));
}

// The place between these quantiles where the target has the least mass, rounded for the question.
/** @param {Frames} frames */
function gapOf(frames) {
  const cumulative = frames.distribution(1), [low, high, count] = frames.axes[0];
  let best = frames.quantileAt(0.5, 1), least = Infinity;
  for (let k = 1; k < count - 1; k++) {
    const mass = cumulative[k + 1] - cumulative[k - 1];
    if (cumulative[k] < INNER[0] || cumulative[k] > INNER[1] || mass >= least) continue;
    [best, least] = [frames.point(0, k), mass];
  }
  return Number(best.toFixed(Math.max(0, 2 - Math.floor(Math.log10(high - low)))));
}

// The time at which the panels' fractions differ most. For a single panel: the time at which its fraction deviates
// most from a linear change.
/** @param {Frames[]} curves @param {number} cut @param {number} after */
function mostInstructive(curves, cut, after) {
  let best = Math.min(QUESTION_TIMES[1], Math.max(0.75, after)), most = 0;
  for (let t = Math.max(QUESTION_TIMES[0], after); t <= QUESTION_TIMES[1] + 1e-9; t += 0.05) {
    const values = curves.map((frames) => fractionRight(frames, t, cut)), [only] = curves;
    const steady = (1 - t) * fractionRight(only, 0, cut) + t * fractionRight(only, 1, cut);
    const spread = values.length > 1 ? Math.max(...values) - Math.min(...values) : Math.abs(values[0] - steady);
    if (spread > most + 1e-3) [best, most] = [t, spread];
  }
  return Number(best.toFixed(2));
}

// A sentence for each panel: the truth, and how far the guess was off.
/** @param {View[]} views @param {Guess} guess */
function verdict(views, { t, cut, guess }) {
  return views.map((view) => {
    const frames = truthOf(view);
    if (!frames) return "";
    return TEXTS.verdict(view.panel.title, fractionRight(frames, t, cut), frames === view.exact, guess);
  }).filter(Boolean).join(" ");
}
