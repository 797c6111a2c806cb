// @ts-check
// All texts that the player's scripts show. Labels and tooltips that never change are in player.html.

const TEXTS = {
  // Tooltips of a panel.
  define: "Show what this number means",
  /** @param {string} step */
  learn: (step) => `Learn what you see: ${step}`,
  showAll: "Show all panels",
  showAlone: "Show this panel alone",
  undescribed: "The picture of this curve. Pause for a description.",

  // Badges.
  exact: "exact",
  startsLinear: "starts from the linear curve",
  endsOnly: "exact at t = 0 and t = 1",
  previousSettings: "exact · for the previous settings",
  trainAgain: " · settings changed, train again",
  /** @param {boolean} isChains */
  outdated: (isChains) => `outdated · settings changed, ${isChains ? "run" : "train"} again`,
  /** @param {string} badge */
  difference: (badge) => `learned minus exact · ${badge.replace(/^learned · /, "")}`,
  /** @param {boolean} isChains @param {number} step @param {number} seconds */
  checkpoint: (isChains, step, seconds) =>
    `${isChains ? "sampled" : "learned"} · ${step} step${step === 1 ? "" : "s"}, ${seconds.toFixed(1)} s`,

  // Over a picture.
  /** @param {boolean} wasTrained */
  untrained: (wasTrained) =>
    `${wasTrained ? "Not trained for these settings" : "Not trained yet"}: training starts from this linear curve.`,
  motionless: "This picture is the same at all times, so there is nothing to play.",
  outdatedStrip: "outdated · updates when you let go",

  // Beside the key numbers (kinetic energy, largest speed, action).
  /** @param {string} energy */
  exactValue: (energy) => `exact ${energy}`,
  /** @param {boolean} isSteep */
  actionUnknown: (isSteep) => `action unknown: ${isSteep ? "too steep" : "‖vₜ‖² has gaps"}`,
  whyUnknown:
    "The action is unknown: between two of the computed times, ‖vₜ‖² changes too steeply to be integrated.",
  /** @param {number} action */
  actionValue: (action) => `action ${formatNumber(action)}`,
  /** @param {number} w2 @param {number} uncertainty 0 where it is negligible */
  distance: (w2, uncertainty) =>
    `W₂² ${formatNumber(w2)}${uncertainty ? ` ± ${formatNumber(Number(uncertainty.toPrecision(1)))}` : ""}`,

  // Below the pictures.
  /** @param {number} factor @param {number} spacing of the grid; 0 where the cells are too small to see */
  zoom: (factor, spacing) =>
    `Enlarged ${formatNumber(Number(factor.toPrecision(2)))}×` +
    `${spacing ? `; the density is computed every ${formatNumber(spacing)} and interpolated in between` : ""}.`,
  /** @param {number} low @param {number} high */
  speedScale: (low, high) => `${formatNumber(low)} to ${formatNumber(high)}, log scale`,
  /** @param {{hasStrip: boolean, hasLearned: boolean, numModes: number, isExact: boolean, hasDots: boolean}} strips */
  key: ({ hasStrip, hasLearned, numModes, isExact, hasDots }) => {
    const lines = hasLearned ? " Thin lines: exact; thick lines: learned." : "";
    const speeds = hasStrip ? `Above: ‖vₜ‖² (solid) and max |vₜ| (dashed), log axis.${lines}` : "";
    if (!numModes) return speeds;
    const styles = ["solid", "dashed", "dotted", "dash-dotted"].slice(0, numModes);
    const modes = styles.map((line, k) => `${line}: mode ${k + 1}`);
    const details = numModes > 1 && numModes <= 4 ? modes : [];
    if (hasDots) details.push("dots: fraction of the particles");
    const exact = `the mass of each mode${details.length ? ` (${details.join(", ")})` : ""}`;
    const masses = isExact ? exact : "the fraction of the particles in each mode";
    return speeds ? `${speeds} Below: ${masses}.` : `${masses.charAt(0).toUpperCase()}${masses.slice(1)}.`;
  },
  /** @param {number} shown @param {number} last */
  trainingTime: (shown, last) => `${shown.toFixed(1)} s of ${last.toFixed(1)} s`,

  // The worst moment.
  /** @param {string} title @param {number} energy @param {number} t */
  worst: (title, energy, t) =>
    `${title}: ‖v‖² = ${formatNumber(energy)} at t = ${formatNumber(t)}, the largest before the end.`,
  /** @param {number} mode @param {number} now @param {number} end */
  worstMode: (mode, now, end) =>
    `Mode ${mode} holds ${percent(now)} of the mass at this time, and ${percent(end)} at the end.`,

  // Predict.
  /** @param {string} place @param {string} t @param {number} hideAfter */
  question: (place, t, hideAfter) =>
    `At t = ${t}, what fraction of the mass lies to the right of the dashed line at ${place}? ` +
    `Everything after t = ${hideAfter.toFixed(2)} is hidden.`,
  /** @param {string} place @param {string} t */
  revealed: (place, t) => `At t = ${t}, this fraction of the mass lies to the right of the dashed line at ${place}:`,
  /** @param {string} title @param {number} fraction @param {boolean} isExact @param {number} guess in percent */
  verdict: (title, fraction, isExact, guess) => {
    const points = formatNumber(Number(Math.abs(100 * fraction - guess).toPrecision(2)));
    const away = `${points} percentage points from your guess of ${guess} %`;
    return `${title}: ${percent(fraction)}${isExact ? "" : " (learned)"}, ${away}.`;
  },

  // Moving modes.
  /** @param {number} mode @param {number[]} mean */
  mode: (mode, mean) =>
    `Mode ${mode} at x = ${mean.map(formatNumber).join(", ")}. Arrow keys move it, Delete removes it.`,
  /** @param {number} mode @param {number} width @param {number} axis @param {number} count */
  axis: (mode, width, axis, count) =>
    `Mode ${mode}, ${count > 1 ? `axis ${axis + 1}` : "width"}: standard deviation ${formatNumber(width)}. ${
      count > 1 && axis === 0 ? "Left and right change it; up and down turn the axis." : "Arrow keys change it."}`,
  /** @param {number} mode */
  selectedMode: (mode) => `Mode ${mode}:`,
  lastMode: "A target needs at least one mode.",

  // Saving and sharing.
  record: "Record video",
  stopRecording: "Stop recording",
  recording: "Recording … Press again to stop early.",
  pictureSaved: "Picture saved.",
  videoSaved: "Video saved.",
  noVideo: "This browser cannot record video. Save a picture instead.",
  linkCopied: "Link to this view copied.",
  copyByHand: "The browser blocked copying. Copy the link from the field.",
  /** @param {number} contrast */
  contrast: (contrast) => {
    const most = formatNumber(100 * contrast);
    return `learned − exact density: blue −${most}, orange +${most} % of the largest exact density`;
  },

  // Descriptions for screen readers.
  /** @param {boolean} isDifference @param {number} t @param {number} low @param {number} high */
  density: (isDifference, t, low, high) => {
    const shown = isDifference
      ? "learned minus exact density, in percent of the largest exact density," : "density";
    return `${shown} at t = ${t.toFixed(2)} over x from ${formatNumber(low)} to ${formatNumber(high)}`;
  },
  /** @param {number} speed */
  fastest: (speed) => `largest speed ${formatNumber(speed)}`,
  /** @param {string} title */
  hiddenFuture: (title) => `${title}; the future is hidden.`,
  /** @param {number} count */
  manyModes: (count) => `The mass is spread over ${count} modes.`,
  /** @param {string[]} fractions */
  modeMasses: (fractions) => `Mass: ${eachMode(fractions)}.`,
  /** @param {string[]} fractions */
  particleMasses: (fractions) => `Particles: ${eachMode(fractions)}.`,
  /** @param {number} t @param {string} masses */
  ledger: (t, masses) => `Mass of each mode over time. At t = ${t.toFixed(2)}: ${masses}`,
  /** @param {number} t @param {string} energies */
  strip: (t, energies) =>
    `Kinetic energy and largest speed over time, log axis. Kinetic energy at t = ${t.toFixed(2)}: ${energies}.`,

  // For the console.
  /** @param {number} status @param {string} reason */
  noPreviews: (status, reason) => `The server refuses previews while a slider moves (${status}): ${reason}`,
};

/** @param {string[]} fractions */
function eachMode(fractions) {
  return fractions.map((fraction, k) => `mode ${k + 1} ${fraction}`).join(", ");
}
