// Predict, then reveal: the future is covered, a mark is set where half of the mass will lie, and then the truth is shown.

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
  if (place.right - from > 30 && place.height > 60) context.fillText("?", (from + place.right) / 2, place.top + place.height / 2);
}

// The mark, and once it is revealed, where half of the mass lies.
function drawGuess(context, view, place, scene) {
  const { guess } = scene;
  if (!guess) return;
  const line = (x, dash, colour) => {
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(place.x(x), place.top);
    context.lineTo(place.x(x), place.bottom);
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.stroke();
    context.setLineDash([]);
  };
  if (guess.x !== null) line(guess.x, [6, 4], scene.theme.ink);
  if (guess.revealed) line(halfway(view.answer, guess.t), [], view.methodColour);
}

function halfway(answer, t) {
  return answer.quantile(0.5, answer.distribution(t));
}

// The truth in words, for each panel.
function verdict(scene) {
  const { guess } = scene;
  return scene.views.map(({ answer, panel }) => {
    const middle = halfway(answer, guess.t), left = answer.levelOf(guess.x, answer.distribution(guess.t));
    return `${panel.title}: half of the mass lies left of x = ${told(middle)}, ${told(Math.abs(middle - guess.x))} from your mark; ` +
      `${percent(left)} of it lies left of the mark.`;
  }).join(" ");
}
