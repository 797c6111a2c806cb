// Predict, then reveal: what lies ahead is covered, a question is asked about it, and after an answer the truth is
// shown. The question is about the fraction of the mass on one side of a gap, at a time before the end: there curves
// differ, and nearly no mass lies where the answer would depend on the exact place.

// Times that can be asked about, and how far ahead of what is seen.
const ASKED = [0.05, 0.95], AHEAD = 0.05;
// The gap is looked for between these quantiles of the target.
const INNER = [0.1, 0.9];

function coverFuture(context, place, scene) {
  if (scene.hideAfter === null) return;
  const from = Math.max(place.left, place.x(scene.hideAfter));
  context.fillStyle = scene.theme.paper;
  context.fillRect(from, place.top, place.right - from, place.height);
  context.fillStyle = hatching(context, scene.style.faint);
  context.fillRect(from, place.top, place.right - from, place.height);
  context.fillStyle = scene.style.ink;
  context.font = `600 ${scene.style.size * 1.8}px ${scene.style.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  if (place.right - from > 30 && place.height > 60)
    context.fillText("?", (from + place.right) / 2, place.top + place.height / 2);
}

// The line that the question is about; over (t, x) it lies across.
function drawCut(context, place, scene, across = false) {
  if (!scene.guess) return;
  const { cut } = scene.guess;
  context.setLineDash([6, 4]);
  context.beginPath();
  if (across) {
    context.moveTo(place.left, place.y(cut));
    context.lineTo(place.right, place.y(cut));
  } else {
    context.moveTo(place.x(cut), place.top);
    context.lineTo(place.x(cut), place.bottom);
  }
  context.strokeStyle = scene.theme.ink;
  context.lineWidth = 2;
  context.stroke();
  context.setLineDash([]);
}

// The answer that counts: exact where it is known. A curve that is not trained yet, or a target alone, has none.
function answerTo(view) {
  const answer = view.exact ?? view.answer;
  return view.untrained || isMotionless(answer) ? null : answer;
}

function canPredict(views) {
  return views.some((view) => answerTo(view)?.times.length > 1);
}

function fractionRight(answer, t, cut) {
  return 1 - answer.levelOf(cut, answer.distribution(t));
}

// Where the target has least mass between its outer parts; two digits are enough for a question.
function gapOf(answer) {
  const cumulative = answer.distribution(1), [low, high, count] = answer.axes[0];
  let best = answer.quantile(0.5, cumulative), least = Infinity;
  for (let k = 1; k < count - 1; k++) {
    const mass = cumulative[k + 1] - cumulative[k - 1];
    if (cumulative[k] < INNER[0] || cumulative[k] > INNER[1] || mass >= least) continue;
    [best, least] = [answer.point(0, k), mass];
  }
  return Number(best.toFixed(Math.max(0, 2 - Math.floor(Math.log10(high - low)))));
}

// The time at which the panels' answers differ most; of one alone, at which it differs most from a steady change.
function mostInstructive(answers, cut, after) {
  let best = Math.min(ASKED[1], Math.max(0.75, after)), most = 0;
  for (let t = Math.max(ASKED[0], after); t <= ASKED[1] + 1e-9; t += 0.05) {
    const values = answers.map((answer) => fractionRight(answer, t, cut)), [only] = answers;
    const steady = (1 - t) * fractionRight(only, 0, cut) + t * fractionRight(only, 1, cut);
    const spread = values.length > 1 ? Math.max(...values) - Math.min(...values) : Math.abs(values[0] - steady);
    if (spread > most + 1e-3) [best, most] = [t, spread];
  }
  return Number(best.toFixed(2));
}

// The truth in words, for each panel.
function verdict(views, { t, cut, guess }) {
  return views.map((view) => {
    const answer = answerTo(view);
    if (!answer) return "";
    const truth = fractionRight(answer, t, cut), away = Math.abs(100 * truth - guess);
    const known = answer === view.exact ? "" : ", as learned";
    const distance = `${told(Number(away.toPrecision(2)))} points from your ${guess} %`;
    return `${view.panel.title}: ${percent(truth)}${known}, ${distance}.`;
  }).filter(Boolean).join(" ");
}
