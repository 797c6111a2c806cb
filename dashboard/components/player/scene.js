// The scene: what is seen at one moment, put together from the panels, the settings and the theme.

// A panel that is hidden for a while keeps its checkpoints, until so many others were seen instead.
const MOST_CHECKPOINTS = 80, MOST_REMEMBERED = 4;

// Panels as they arrive, with the checkpoints that were seen before of the same run.
function takePanels(reel, seen) {
  const panels = reel.header.panels.map((told) => {
    const course = told.course.map((answer) => withArrows(answer, new Answer(answer, reel.arrays)));
    const exact = told.exact && withArrows(told.exact, new Answer(told.exact, reel.arrays));
    return { ...told, exact, course: remembered(seen, told, course) };
  });
  for (const key of [...seen.keys()].slice(0, -MOST_REMEMBERED)) seen.delete(key);
  return panels;
}

function withArrows(told, answer) {
  answer.arrowPlaces = told.arrow_places ?? null;
  return answer;
}

function remembered(seen, panel, course) {
  const before = seen.get(panel.key);
  let kept = before && course.length && before.run === panel.run ? before.course : [];
  const first = course[0]?.seconds ?? Infinity;
  kept = [...kept.filter((answer) => answer.seconds < first - 1e-9), ...course];
  // Every second one goes when there are too many; the newest stays.
  if (kept.length > MOST_CHECKPOINTS) kept = kept.filter((_, i) => (kept.length - 1 - i) % 2 === 0);
  seen.delete(panel.key); // the one that was seen last comes last
  seen.set(panel.key, { run: panel.run, course: kept });
  return kept;
}

// The checkpoint that a panel shows: the newest up to a moment of training.
function checkpointOf(panel, seconds) {
  if (!panel.course.length) return null;
  const isUpTo = (answer) => seconds === null || answer.seconds <= seconds + 1e-6;
  return panel.course.filter(isUpTo).at(-1) ?? panel.course[0];
}

// What stands side by side: the chosen panels, and of a single one both answers where that is asked for.
function makeViews(player) {
  const { settings, theme } = player;
  const chosen = player.panels.filter((panel) => settings.solo === null || panel.key === settings.solo);
  const panels = chosen.length ? chosen : player.panels;
  const views = [];
  for (const panel of panels) {
    const learned = checkpointOf(panel, player.trainingAt);
    if (!learned && !panel.exact) continue;
    const isAuto = settings.backdrop === "auto", isAlone = panels.length === 1;
    const both = isAlone && isAuto && settings.beside && learned && panel.exact && besideSuits(panel);
    const best = learned && (!panel.stale || !panel.exact) ? "learned" : "exact";
    const wanted = isAuto ? best : settings.backdrop;
    for (const want of both ? ["exact", "learned"] : [wanted]) {
      views.push(oneView(panel, learned, want, theme));
    }
  }
  return views;
}

function besideSuits(panel) {
  return panel.exact.dim > 1;
}

// What was learned for other controls is not compared: it may lie in another box.
function isDifferenceKnown(panel, learned) {
  return learned && panel.exact && !panel.stale;
}

function oneView(panel, learned, want, theme) {
  const sources = { difference: isDifferenceKnown(panel, learned), learned, exact: panel.exact };
  const possible = sources[want];
  const shown = possible ? want : learned && !panel.exact ? "learned" : "exact";
  const methodColour = theme.methods[panel.method], learnedStale = panel.stale && !!learned;
  const stale = learnedStale && shown !== "exact";
  return {
    panel, shown, learned, exact: panel.exact, stale, learnedStale, methodColour,
    answer: shown === "exact" ? panel.exact : learned,
    untrained: isUntrained(panel, shown), motionless: isMotionless(shown === "exact" ? panel.exact : learned),
    learnedColour: learnedStale ? theme.staleColour : methodColour,
    colour: stale ? theme.staleColour : methodColour,
    badge: badgeOf(panel, shown, learned, stale),
  };
}

// What is exact, where it is not of the controls' own curve.
const INSTEAD = { linear: "starts from the linear curve", held: "exact · for the previous settings", ends: "exact at t = 0 and t = 1" };

function badgeOf(panel, shown, learned, stale) {
  if (stale) return `outdated · settings changed, ${learned.source === "chains" ? "run" : "train"} again`;
  if (shown === "exact") return panel.course.length ? exactBadge(panel) : panel.badge;
  const newest = learned === panel.course.at(-1);
  const words = newest ? panel.badge : checkpointBadge(learned);
  return shown === "difference" ? `learned minus exact · ${words.replace(/^learned · /, "")}` : words;
}

function exactBadge({ exact, stale }) {
  return `${INSTEAD[exact.source] ?? "exact"}${stale ? " · settings changed, train again" : ""}`;
}

function checkpointBadge({ source, step, seconds }) {
  const done = source === "chains" ? "sampled" : "learned";
  return `${done} · ${step} step${step === 1 ? "" : "s"}, ${seconds.toFixed(1)} s`;
}

// The moment that is all there is so far of some curve; null where there are more.
function onlyMoment(views) {
  return views.find((view) => view.answer.times.length === 1)?.answer.times[0] ?? null;
}

// Before training, a learned curve is the linear one that training starts from; that is no answer.
function isUntrained(panel, shown) {
  return shown === "exact" && panel.exact.source === "linear";
}

// The views whose curves are compared in the strips: answers, where there are any.
function answersAmong(views) {
  const found = views.filter((view) => !view.untrained);
  return found.length ? found : views;
}

// Ranges that all panels share, so that they can be compared.
function ranges(views) {
  const answers = views.flatMap((view) => [view.exact, view.learned]).filter(Boolean);
  const speeds = answers.flatMap((answer) => Array.from(answer.seenSpeed)).filter((value) => value > 0 && value < Infinity);
  const top = Math.max(0, ...speeds), line = answers.filter((answer) => answer.dim === 1);
  const masses = answers.flatMap((answer) => Array.from(answer.modeMass ?? answer.particleMass ?? []));
  return {
    whole: sharedBox(answers),
    contrast: contrastOf(views),
    speedTop: Math.max(1e-3, top) * 1.02,
    speedRange: speedScale(answers, top),
    densityTop: Math.max(1e-9, ...line.flatMap((answer) => Array.from(answer.densityMax))),
    energyRange: logRange(answers.flatMap((answer) => [answer.energy, answer.speed])),
    massTop: Math.min(1.04, Math.max(0.05, 1.08 * Math.max(0, ...masses.filter(Number.isFinite)))),
  };
}

// The smallest box around those of all answers; in the plane a square, so that a circle looks like one.
function sharedBox(answers) {
  const extreme = (choose, k, end) => choose(...answers.map((answer) => answer.axes[k][end]));
  const hull = (answers[0]?.axes ?? []).map((_, k) => [extreme(Math.min, k, 0), extreme(Math.max, k, 1)]);
  const half = Math.max(...hull.map(([low, high]) => (high - low) / 2));
  return hull.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}

// Up to the largest speed of all, from one tenth of what the times' largest speeds are at a quieter time, over six
// powers of ten at most.
function speedScale(answers, top) {
  if (!(top > 0)) return [-1, 1];
  const speeds = answers.flatMap((answer) => Array.from(answer.seenSpeed)).filter((value) => value > 0 && value < Infinity);
  speeds.sort((a, b) => a - b);
  const high = Math.log10(top), low = Math.max(high - 6, Math.log10(speeds[Math.floor(0.4 * speeds.length)]) - 1);
  return [low, Math.max(high, low + 0.5)];
}

// What is seen now, in words, for those who hear the page.
function description(view, t) {
  const { answer, panel } = view, [axis] = answer.axes, parts = [`${panel.title}, ${view.badge}`];
  const difference = "learned minus exact density, in percent of the largest exact density,";
  const thing = view.shown === "difference" ? difference : "density";
  parts.push(`${thing} at t = ${t.toFixed(2)} over x from ${told(axis[0])} to ${told(axis[1])}`);
  if (view.untrained || view.motionless) return `${parts.join("; ")}. ${overText(view)}`;
  const speed = between(answer, answer.speed, t);
  if (Number.isFinite(speed)) parts.push(`largest speed ${told(speed)}`);
  const masses = massWords(view, t);
  return `${parts.join("; ")}.${masses ? ` ${masses}` : ""}`;
}

function massWords(view, t) {
  const exact = view.exact ?? view.learned, { answer } = view;
  const list = (source, masses) => massesAt(source, masses, t).map(percent);
  const known = exact?.modeMass ? list(exact, exact.modeMass) : null;
  const carried = answer.particleMass ? list(answer, answer.particleMass) : null;
  if (!known && !carried) return "";
  const count = (known ?? carried).length;
  if (count > MOST_NAMED_MODES) return `The mass is spread over ${count} modes.`;
  const modes = (shares) => shares.map((share, k) => `mode ${k + 1} ${share}`).join(", ");
  const texts = [known && `Mass: ${modes(known)}.`, carried && `Of the particles: ${modes(carried)}.`];
  return texts.filter(Boolean).join(" ");
}
