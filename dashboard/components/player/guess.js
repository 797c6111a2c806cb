// The panel of a prediction: the time that is asked about, the viewer's guess, and the truth after it.

function wirePredict(player) {
  const { $ } = player;
  $(".predict").onclick = () => (player.guess ? endGuess(player) : beginGuess(player));
  $(".mark").oninput = (event) => askAnew(player, { guess: Number(event.target.value) });
  $(".ask").oninput = (event) => {
    const t = Math.max(player.guess.hideAfter + AHEAD, Number(event.target.value));
    askAnew(player, { t: Number(Math.min(ASKED[1], t).toFixed(2)) });
  };
  $(".reveal").onclick = () => {
    player.guess.revealed = true;
    player.clock.end = 1;
    player.seek(player.guess.t);
    player.rebuild();
    $(".truth").textContent = verdict(player.scene.views, player.guess);
  };
}

// Everything after the time that is seen now is hidden; near the end too little would be left to guess.
function beginGuess(player) {
  const hideAfter = player.clock.t < 0.8 ? player.clock.t : 0;
  const answers = player.scene.views.map(answerTo).filter(Boolean);
  const cut = gapOf(answers[0]), t = mostInstructive(answers, cut, hideAfter + AHEAD);
  player.pause();
  player.guess = { guess: null, t, cut, hideAfter };
  player.scene.traced = null;
  player.seek(hideAfter);
  player.$(".ask").value = t;
  player.$(".mark").value = 50;
  askAnew(player);
}

// Another time or another guess: what is to be guessed is hidden again.
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

function refreshPredict(player) {
  const { $, guess } = player, { views } = player.scene, axis = views[0]?.answer.dim > 1 ? "x₁" : "x";
  $(".predict").setAttribute("aria-pressed", String(!!guess));
  $(".predict").hidden = !guess && !canPredict(views);
  $(".guessing").hidden = !guess;
  if (!guess) return;
  const place = `${axis} = ${told(guess.cut)}`, t = guess.t.toFixed(2);
  $(".question").textContent = guess.revealed
    ? `At t = ${t}, this fraction of the mass lies right of the dashed line at ${place}:`
    : `At t = ${t}, which fraction of the mass lies right of the dashed line at ${place}? ` +
      `Everything after t = ${guess.hideAfter.toFixed(2)} is hidden.`;
  $(".asked").textContent = t;
  $(".marked").textContent = guess.guess === null ? "–" : `${guess.guess} %`;
  $(".mark").setAttribute("aria-valuetext", $(".marked").textContent);
  $(".reveal").disabled = guess.guess === null || guess.revealed;
}
