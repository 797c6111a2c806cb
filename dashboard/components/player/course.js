// The second scrubber, through training.

function momentsOf(player) {
  const seconds = player.panels.flatMap((panel) => panel.course.map((answer) => answer.seconds));
  return [...new Set(seconds)].sort((a, b) => a - b);
}

function wireTraining(player) {
  player.$(".course").oninput = (event) => {
    const moments = momentsOf(player), k = Number(event.target.value);
    player.memory.trainingAt = k === moments.length - 1 ? null : moments[k];
    player.rebuild();
  };
  player.$(".newest").onclick = () => {
    player.memory.trainingAt = null;
    player.rebuild();
  };
}

// Follows the newest unless the viewer has gone back. Where of every run one moment is known, there is nothing to go
// through.
function refreshTraining(player) {
  const { $ } = player, moments = momentsOf(player), slider = $(".course"), at = player.trainingAt;
  const known = player.panels.some((panel) => panel.course.length > 1);
  $(".training").hidden = !known;
  if (!known) return;
  slider.max = moments.length - 1;
  const k = at === null ? moments.length - 1 : Math.max(0, moments.findLastIndex((seconds) => seconds <= at + 1e-6));
  slider.value = k;
  $(".when").textContent = `${moments[k].toFixed(1)} s of ${moments.at(-1).toFixed(1)} s`;
  slider.setAttribute("aria-valuetext", $(".when").textContent);
  $(".newest").setAttribute("aria-pressed", String(at === null));
}
