// @ts-check
// The scene: the views (pictures of panels) and the ranges of axes and colours that they share.

// Maximum number of checkpoints per panel, and of panels whose checkpoints are kept while they are not on the page.
const MOST_CHECKPOINTS = 80, MOST_REMEMBERED = 4;

// The panels of a reel, together with checkpoints of the same runs that came in earlier reels.
/** @param {Reel} reel @param {Seen} seen @returns {Panel[]} */
function readPanels(reel, seen) {
  const panels = reel.header.panels.map((header) => {
    const course = header.course.map((checkpoint) => new Frames(checkpoint, reel.arrays));
    const exact = header.exact && new Frames(header.exact, reel.arrays);
    return { ...header, exact, course: withEarlierCheckpoints(seen, header, course) };
  });
  for (const key of [...seen.keys()].slice(0, -MOST_REMEMBERED)) seen.delete(key);
  return panels;
}

/** @param {Seen} seen @param {PanelHeader} panel @param {Frames[]} course */
function withEarlierCheckpoints(seen, panel, course) {
  const before = seen.get(panel.key);
  let kept = before && course.length && before.run === panel.run ? before.course : [];
  const first = course[0]?.seconds ?? Infinity;
  kept = [...kept.filter((frames) => frames.seconds < first - 1e-9), ...course];
  // If there are too many checkpoints, every second one is dropped, but not the newest.
  if (kept.length > MOST_CHECKPOINTS) kept = kept.filter((_, i) => (kept.length - 1 - i) % 2 === 0);
  seen.delete(panel.key); // moves the panel to the end of the map
  seen.set(panel.key, { run: panel.run, course: kept });
  return kept;
}

// The newest checkpoint of a panel up to a time of training.
/** @param {Panel} panel @param {number | null} seconds @returns {Frames | null} */
function checkpointOf(panel, seconds) {
  if (!panel.course.length) return null;
  /** @param {Frames} frames */
  const isUpTo = (frames) => seconds === null || frames.seconds <= seconds + 1e-6;
  return panel.course.filter(isUpTo).at(-1) ?? panel.course[0];
}

// One view for each visible panel. A single panel in the plane has two views, exact and learned, if the viewer has
// chosen to see them side by side.
/** @param {Player} player @returns {View[]} */
function makeViews(player) {
  const { settings, theme } = player;
  const chosen = player.panels.filter((panel) => settings.solo === null || panel.key === settings.solo);
  const panels = chosen.length ? chosen : player.panels;
  const views = [];
  for (const panel of panels) {
    const learned = checkpointOf(panel, player.trainingAt);
    if (!learned && !panel.exact) continue;
    const isAuto = settings.backdrop === "auto", isAlone = panels.length === 1;
    const both = isAlone && isAuto && settings.beside && learned && panel.exact && hasSideBySide(panel);
    const best = learned && (!panel.stale || !panel.exact) ? "learned" : "exact";
    const wanted = isAuto ? best : settings.backdrop;
    for (const want of both ? ["exact", "learned"] : [wanted]) {
      views.push(makeView(panel, learned, want, theme));
    }
  }
  return views;
}

/** @param {Panel} panel */
function hasSideBySide(panel) {
  return panel.exact.dim > 1;
}

// Whether the learned curve can be compared with the exact one. A curve that was learned for other settings cannot,
// since it may lie in another box.
/** @param {Panel} panel @param {Frames | null} learned */
function isDifferenceKnown(panel, learned) {
  return learned && panel.exact && !panel.stale;
}

/** @param {Panel} panel @param {Frames | null} learned @param {string} want @param {Theme} theme @returns {View} */
function makeView(panel, learned, want, theme) {
  /** @type {Record<string, Frames | boolean>} */
  const sources = { difference: isDifferenceKnown(panel, learned), learned, exact: panel.exact };
  const possible = sources[want];
  const shown = possible ? want : learned && !panel.exact ? "learned" : "exact";
  const methodColour = theme.methods[panel.method], learnedStale = panel.stale && !!learned;
  const stale = learnedStale && shown !== "exact";
  // The canvas and the elements of the key numbers are added when the figure is filled.
  return /** @type {View} */ ({
    panel, shown, learned, exact: panel.exact, stale, learnedStale, methodColour,
    frames: shown === "exact" ? panel.exact : learned,
    untrained: isUntrained(panel, shown), motionless: isMotionless(shown === "exact" ? panel.exact : learned),
    learnedColour: learnedStale ? theme.staleColour : methodColour,
    colour: stale ? theme.staleColour : methodColour,
    badge: badgeOf(panel, shown, learned, stale),
  });
}

// The badges of exact frames that are not the exact curve of the current settings, by their source.
/** @type {Record<string, string>} */
const SOURCE_BADGES = { linear: TEXTS.startsLinear, ends: TEXTS.endsOnly };

/** @param {Panel} panel @param {string} shown @param {Frames | null} learned @param {boolean} stale */
function badgeOf(panel, shown, learned, stale) {
  if (stale) return TEXTS.outdated(learned.source === "chains");
  if (shown === "exact") return panel.course.length ? exactBadge(panel) : panel.badge;
  const { source, step, seconds } = learned;
  const badge = learned === panel.course.at(-1) ? panel.badge : TEXTS.checkpoint(source === "chains", step, seconds);
  return shown === "difference" ? TEXTS.difference(badge) : badge;
}

/** @param {Panel} panel */
function exactBadge({ exact, stale }) {
  return `${SOURCE_BADGES[exact.source] ?? TEXTS.exact}${stale ? TEXTS.trainAgain : ""}`;
}

// Whether a view shows no result: before training, a learned curve is shown as the linear one from which training
// starts.
/** @param {Panel} panel @param {string} shown */
function isUntrained(panel, shown) {
  return shown === "exact" && panel.exact.source === "linear";
}

// The ranges of all axes and colours, shared so that panels can be compared.
/** @param {View[]} views @returns {Ranges} */
function ranges(views) {
  const curves = views.flatMap((view) => [view.exact, view.learned]).filter(Boolean);
  const speeds = curves.flatMap((frames) => Array.from(frames.seenSpeed)).filter(isPositive);
  const top = Math.max(0, ...speeds), line = curves.filter((frames) => frames.dim === 1);
  const masses = curves.flatMap((frames) => Array.from(frames.modeMass ?? frames.particleMass ?? []));
  return {
    whole: sharedBox(curves),
    contrast: contrastOf(views),
    speedTop: Math.max(1e-3, top) * 1.02,
    speedRange: speedScale(curves, top),
    densityTop: Math.max(1e-9, ...line.flatMap((frames) => Array.from(frames.densityMax))),
    energyRange: logRange(curves.flatMap((frames) => [frames.energy, frames.speed])),
    massTop: Math.min(1.04, Math.max(0.05, 1.08 * Math.max(0, ...masses.filter(Number.isFinite)))),
  };
}

/** @param {number} value */
function isPositive(value) {
  return value > 0 && value < Infinity;
}

// The smallest box that contains the boxes of all curves; in the plane a square, so that circles look round.
/** @param {Frames[]} curves @returns {Interval[]} */
function sharedBox(curves) {
  const hull = (curves[0]?.axes ?? []).map((_, k) => {
    const ranges = curves.map((frames) => frames.axes[k]);
    return [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))];
  });
  const half = Math.max(...hull.map(([low, high]) => (high - low) / 2));
  return hull.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}

// The log₁₀ range of the speed colours. It ends at the largest speed of all times, `top`. It starts at a tenth of the
// 40 % quantile of the largest speeds at single times, but spans at most six powers of ten.
/** @param {Frames[]} curves @param {number} top @returns {Interval} */
function speedScale(curves, top) {
  if (!(top > 0)) return [-1, 1];
  const speeds = curves.flatMap((frames) => Array.from(frames.seenSpeed)).filter(isPositive);
  speeds.sort((a, b) => a - b);
  const high = Math.log10(top), low = Math.max(high - 6, Math.log10(speeds[Math.floor(0.4 * speeds.length)]) - 1);
  return [low, Math.max(high, low + 0.5)];
}

// The description of a picture at time t, for screen readers.
/** @param {View} view @param {number} t */
function description(view, t) {
  const { frames, panel } = view, [axis] = frames.axes, parts = [`${panel.title}, ${view.badge}`];
  parts.push(TEXTS.density(view.shown === "difference", t, axis[0], axis[1]));
  if (view.untrained || view.motionless) return `${parts.join("; ")}. ${overText(view)}`;
  const speed = valueAt(frames, frames.speed, t);
  if (Number.isFinite(speed)) parts.push(TEXTS.fastest(speed));
  const masses = massText(view, t);
  return `${parts.join("; ")}.${masses ? ` ${masses}` : ""}`;
}

/** @param {View} view @param {number} t */
function massText(view, t) {
  const exact = view.exact ?? view.learned, { frames } = view;
  /** @param {Frames} source @param {Values} masses */
  const list = (source, masses) => massesAt(source, masses, t).map(percent);
  const known = exact?.modeMass ? list(exact, exact.modeMass) : null;
  const carried = frames.particleMass ? list(frames, frames.particleMass) : null;
  if (!known && !carried) return "";
  const count = (known ?? carried).length;
  if (count > MOST_NAMED_MODES) return TEXTS.manyModes(count);
  return [known && TEXTS.modeMasses(known), carried && TEXTS.particleMasses(carried)].filter(Boolean).join(" ");
}
