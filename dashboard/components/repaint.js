// Tells the page that it is seen in another theme than it was drawn in. Streamlit calls this anew then, but does not
// run the page.

let told = null;

export default function ({ data, parentElement, setStateValue }) {
  const paper = getComputedStyle(parentElement.querySelector("i")).getPropertyValue("--st-background-color");
  const other = paper === data.paper ? null : paper;
  // Once: a paper that the page does not know stays another one.
  if (other !== null && other !== told) setStateValue("paper", other);
  told = other;
}
