// @ts-check
// The slider that moves through the checkpoints of training.

// The training times, in seconds, at which at least one panel has a checkpoint.
/** @param {Player} player @returns {number[]} */
function checkpointTimes(player) {
  const seconds = player.panels.flatMap((panel) => panel.course.map((frames) => frames.seconds));
  return [...new Set(seconds)].sort((a, b) => a - b);
}

/** @param {Player} player */
function wireTraining(player) {
  const slider = player.$(".course");
  slider.oninput = () => {
    const times = checkpointTimes(player), k = Number(slider.value);
    player.memory.trainingAt = k === times.length - 1 ? null : times[k];
    player.rebuild();
  };
  player.$(".newest").onclick = () => {
    player.memory.trainingAt = null;
    player.rebuild();
  };
}

// Shows the slider at the newest checkpoint unless the viewer has moved it. It is hidden while no run has several.
/** @param {Player} player */
function refreshTraining(player) {
  const { $ } = player, times = checkpointTimes(player), slider = $(".course"), at = player.trainingAt;
  const hasSeveral = player.panels.some((panel) => panel.course.length > 1);
  $(".training").hidden = !hasSeveral;
  if (!hasSeveral) return;
  slider.max = times.length - 1;
  const k = at === null ? times.length - 1 : Math.max(0, times.findLastIndex((seconds) => seconds <= at + 1e-6));
  slider.value = k;
  $(".when").textContent = TEXTS.trainingTime(times[k], times.at(-1));
  slider.setAttribute("aria-valuetext", $(".when").textContent);
  $(".newest").setAttribute("aria-pressed", String(at === null));
}
