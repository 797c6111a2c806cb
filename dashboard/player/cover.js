// @ts-check
// What a prediction adds to the plots: a cover over the future, and the dashed line at the question's position.

/** @param {Pen} context @param {Plot} place @param {Scene} scene */
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

// Draws a dashed line at the question's position: vertical, or horizontal in the plot over (t, x).
/** @param {Pen} context @param {Plot} place @param {Scene} scene @param {boolean} isHorizontal */
function drawCut(context, place, scene, isHorizontal = false) {
  if (!scene.guess) return;
  const { cut } = scene.guess;
  context.setLineDash([6, 4]);
  context.beginPath();
  if (isHorizontal) {
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
