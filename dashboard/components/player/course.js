// The second scrubber, through training, and the panel of a prediction.

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

// Follows the newest unless the viewer has gone back. Where of every run one moment is known, there is nothing to go through.
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

function wirePredict(player) {
  const { $ } = player;
  $(".predict").onclick = () => (player.guess ? endGuess(player) : beginGuess(player));
  $(".mark").oninput = (event) => setMark(player, Number(event.target.value));
  $(".ask").oninput = (event) => askAnew(player, { t: Math.max(player.guess.hideAfter, Number(event.target.value)) });
  $(".reveal").onclick = () => {
    player.guess.revealed = true;
    player.clock.end = 1;
    player.seek(player.guess.t);
    player.rebuild();
    $(".truth").textContent = verdict({ views: player.scene.views, guess: player.guess });
  };
}

// Everything after the time that is seen now is hidden; at the end there would be nothing left to guess.
function beginGuess(player) {
  const hideAfter = player.clock.t < 0.95 ? player.clock.t : 0;
  player.pause();
  player.guess = { x: null, t: 1, hideAfter };
  player.scene.traced = null;
  player.seek(hideAfter);
  player.$(".ask").value = 1;
  const [low, high] = player.scene.box[0], mark = player.$(".mark");
  Object.assign(mark, { min: low, max: high, value: (low + high) / 2 });
  askAnew(player);
}

// Another time or another mark: what is to be guessed is hidden again.
function askAnew(player, changes = {}) {
  Object.assign(player.guess, changes, { revealed: false });
  player.clock.end = player.guess.hideAfter;
  player.seek(player.clock.t);
  player.$(".truth").textContent = "";
  player.rebuild();
}

function endGuess(player) {
  player.guess = null;
  player.clock.end = 1;
  player.rebuild();
}

function setMark(player, x) {
  player.$(".mark").value = x;
  askAnew(player, { x });
}

function refreshPredict(player) {
  const { $, guess } = player, plane = player.scene.views[0]?.answer.dim > 1;
  $(".predict").setAttribute("aria-pressed", String(!!guess));
  $(".guessing").hidden = !guess;
  if (!guess) return;
  $(".question").textContent = guess.revealed
    ? "The dashed line is your mark; the coloured lines show where half of the mass lies on their left."
    : `Everything after t = ${guess.hideAfter.toFixed(2)} is hidden. Mark the place ${plane ? "on the x₁ axis " : ""}that will have half of the mass on its left: click in a picture, or move the slider.`;
  $(".asked").textContent = guess.t.toFixed(2);
  $(".marked").textContent = guess.x === null ? "–" : told(guess.x);
  $(".reveal").disabled = guess.x === null || guess.revealed;
}
