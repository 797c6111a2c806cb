// Reruns the page when the viewer switches the theme. Streamlit then calls this component again, but does not rerun the
// page by itself.

let sent = null;

export default function ({ data, parentElement, setStateValue }) {
  const paper = getComputedStyle(parentElement.querySelector("i")).getPropertyValue("--st-background-color");
  const other = paper === data.paper ? null : paper;
  // Rerun only once for each background colour. Otherwise, a page that keeps its old colour would rerun forever.
  if (other !== null && other !== sent) setStateValue("paper", other);
  sent = other;
}
