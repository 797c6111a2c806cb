// @ts-check
// The controls of a prediction: the question's time, the viewer's guess, and the result.

/** @param {Player} player */
function wirePredict(player) {
  const { $ } = player;
  $(".predict").onclick = () => (player.guess ? endGuess(player) : beginGuess(player));
  $(".guess").oninput = () => newQuestion(player, { guess: Number($(".guess").value) });
  $(".guess-time").oninput = () => {
    const t = Math.max(player.guess.hideAfter + LEAD, Number($(".guess-time").value));
    newQuestion(player, { t: Number(Math.min(QUESTION_TIMES[1], t).toFixed(2)) });
  };
  $(".reveal").onclick = () => {
    player.guess.revealed = true;
    player.clock.end = 1;
    player.seek(player.guess.t);
    player.rebuild();
    $(".truth").textContent = verdict(player.scene.views, player.guess);
  };
}

// Starts a prediction: hides everything after the current time. Near the end, where little is left to guess, everything
// after t = 0 is hidden.
/** @param {Player} player */
function beginGuess(player) {
  const hideAfter = player.clock.t < 0.8 ? player.clock.t : 0;
  const curves = player.scene.views.map(truthOf).filter(Boolean);
  const cut = gapOf(curves[0]), t = mostInstructive(curves, cut, hideAfter + LEAD);
  player.pause();
  player.guess = { guess: null, t, cut, hideAfter, revealed: false };
  player.scene.traced = null;
  player.seek(hideAfter);
  player.$(".guess-time").value = t;
  player.$(".guess").value = 50;
  newQuestion(player);
}

// Hides the future again, after a change of the question's time or of the guess.
/** @param {Player} player @param {Partial<Guess>} changes */
function newQuestion(player, changes = {}) {
  Object.assign(player.guess, changes, { revealed: false });
  player.clock.end = player.guess.hideAfter;
  player.seek(player.clock.t);
  player.$(".truth").textContent = "";
  player.rebuild();
}

/** @param {Player} player */
function endGuess(player) {
  player.guess = null;
  player.clock.end = 1;
  player.rebuild();
}

/** @param {Player} player */
function refreshPredict(player) {
  const { $, guess } = player, { views } = player.scene, axis = views[0]?.frames.dim > 1 ? "x₁" : "x";
  $(".predict").setAttribute("aria-pressed", String(!!guess));
  $(".predict").hidden = !guess && !canPredict(views);
  $(".guessing").hidden = !guess;
  if (!guess) return;
  const place = `${axis} = ${formatNumber(guess.cut)}`, t = guess.t.toFixed(2);
  $(".question").textContent = guess.revealed
    ? TEXTS.revealed(place, t) : TEXTS.question(place, t, guess.hideAfter);
  $(".guess-time-value").textContent = t;
  $(".guess-value").textContent = guess.guess === null ? "–" : `${guess.guess} %`;
  $(".guess").setAttribute("aria-valuetext", $(".guess-value").textContent);
  $(".reveal").disabled = guess.guess === null || guess.revealed;
}
