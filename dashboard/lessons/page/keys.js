// A step begins at its top, also where the one before was scrolled down. Arrow keys turn the steps of a lesson, except
// while typing, on a slider, on a choice, or in the player. In large type, so do Page Up and Page Down, which a
// presenter's remote control sends; only typing keeps these.

const TYPING = "textarea, select, input:not([type=radio], [type=range], [type=checkbox]), [role=listbox]";
const BUSY = [
  "input", "textarea", "select", "[contenteditable]", "[role=slider]", "[role=radio]", "[role=tab]", "[role=menu]",
  "[role=listbox]", "[role=combobox]", "[role=dialog]", ".player",
].join();
let remote = false, place = null;

export default function ({ data }) {
  remote = data.remote;
  if (data.place !== place) document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  place = data.place;
  // Adding the same listener twice has no effect. On other pages it finds no buttons.
  document.addEventListener("keydown", onKey);
  return () => { place = null; };
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
