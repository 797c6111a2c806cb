// Scrolls to the top of each new step, and to the text that appears after an answer.
// Arrow keys turn the steps of a lesson, except while typing, on a slider, on a choice, or in the player. In large
// type, so do Page Up and Page Down, which a presenter's remote control sends, except while typing.

const TYPING = "textarea, select, input:not([type=radio], [type=range], [type=checkbox]), [role=listbox]";
const BUSY = [
  "input", "textarea", "select", "[contenteditable]", "[role=slider]", "[role=radio]", "[role=tab]", "[role=menu]",
  "[role=listbox]", "[role=combobox]", "[role=dialog]", ".player",
].join();
// Milliseconds for which this script waits for the text after an answer.
const SOON = 1500;
let remote = false, place = null, count = 0, newestCall = null;

export default function ({ data }) {
  remote = data.remote;
  const { key, count: newest = 0 } = data.answered, isNew = data.place !== place;
  if (isNew) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  else if (newest !== count) showReply(key, performance.now() + SOON);
  [place, count] = [data.place, newest];
  const call = (newestCall = {});
  // Adding the same listener twice has no effect. It stays on other pages, where it finds no buttons and does nothing.
  document.addEventListener("keydown", onKey);
  // Streamlit also runs this cleanup when newer data replaces a call. If no newer call has come a moment later, the
  // viewer has left the page.
  return () => setTimeout(() => { if (newestCall === call) place = null; });
}

// The page draws the text a moment after this script runs.
function showReply(key, until) {
  const reply = document.querySelector(`.st-key-question-${key} [data-testid=stAlert]`);
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  if (reply) setTimeout(() => reply.scrollIntoView({ block: "nearest", behavior }), 100);
  else if (performance.now() < until) setTimeout(() => showReply(key, until), 50);
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const keys = { ArrowLeft: "back", ArrowRight: "next", ...(remote && { PageUp: "back", PageDown: "next" }) };
  const name = keys[event.key], button = document.querySelector(`.st-key-lesson-${name} button`);
  if (!name || !button || button.disabled) return;
  if (event.composedPath().some((element) => element.matches?.(event.key.startsWith("Page") ? TYPING : BUSY))) return;
  event.preventDefault();
  button.click();
}
