// Questions of a lesson: checked in the page, against exact values that the page holds.

/** @param {HTMLElement} question @param {Stage | undefined} stage @param {Record<string, string>} words */
function wireQuestion(question, stage, words) {
  const wire = { choose: wireChoice, mark: wireMark, set: wireGoal, write: wireText }[question.dataset.kind];
  wire?.(question, stage, words);
}

/** @param {HTMLElement} question @param {string[]} shown classes of the parts that are shown */
function reveal(question, shown) {
  for (const part of question.querySelectorAll("[data-part]"))
    part.hidden = !shown.includes(part.dataset.part);
}

function wireChoice(question) {
  for (const option of question.querySelectorAll("input")) {
    option.onchange = () => {
      question.dataset.result = option.dataset.right === "yes" ? "right" : "wrong";
      reveal(question, [`reply-${option.value}`, "answer"]);
    };
  }
}

function wireMark(question, stage, words) {
  const button = question.querySelector("button"), { exact, within } = question.dataset;
  stage.onChange.push(() => (button.querySelector("span").textContent = stage.t.toFixed(2)));
  button.onclick = () => {
    stage.player.pause();
    const isRight = Math.abs(stage.t - Number(exact)) <= Number(within);
    question.dataset.result = isRight ? "right" : "wrong";
    for (const place of question.querySelectorAll(".marked")) place.textContent = stage.t.toFixed(2);
    reveal(question, [isRight ? "right" : "wrong", "answer"]);
    const lines = [{ t: stage.t, label: words.yourMark, is_exact: false }];
    stage.mark([...lines, { t: Number(exact), label: words.exactMark, is_exact: true }]);
  };
}

function wireGoal(question, stage) {
  const condition = stage?.spec.conditions[Number(question.dataset.condition)];
  if (!condition) return;
  stage.onChange.push(() => {
    if (question.dataset.result === "right" || !isReached(condition, stage)) return;
    question.dataset.result = "right";
    reveal(question, ["right", "answer"]);
  });
}

// Whether a condition holds for the positions of the sliders and the time.
function isReached({ name, sign, value, table }, stage) {
  if (table) {
    const { place } = stage;
    return place ? table[place.family.param][place.k] : table.own;
  }
  const { terms } = stage.player.preview, { problem } = terms;
  const found = name === "t" ? stage.t : (problem[name] ?? problem.target[name]);
  return { ">=": found >= value, "<=": found <= value, ">": found > value, "<": found < value }[sign] ?? false;
}

function wireText(question, stage, words) {
  const field = question.querySelector("textarea"), key = `boltzmann-${document.title}-${field.id}`;
  // Some browsers refuse storage to files and to frames.
  const store = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  };
  field.value = store((place) => place.getItem(key)) ?? "";
  field.oninput = () => {
    const isSaved = store((place) => (place.setItem(key, field.value), true));
    question.querySelector(".saved").textContent = isSaved ? words.saved : "";
  };
  question.querySelector("button").onclick = () => reveal(question, ["answer"]);
}
