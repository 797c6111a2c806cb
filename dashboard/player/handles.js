// @ts-check
// Handles on the pictures: their positions, and the keys that move them.

const HANDLES = {
  /** @type {Record<string, number[]>} */
  STEPS: { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] },

  // The view whose picture a handle lies on.
  /** @param {HTMLElement} handle @returns {View} */
  viewOf(handle) {
    return /** @type {Handles} */ (handle.parentElement).view;
  },

  // The plot of a view on which the handles lie. On the line, it is the plot of the density.
  /** @param {View} view @returns {Plot | undefined} */
  plotOf(view) {
    return view.places?.plane ?? view.places?.density;
  },

  /** @param {Plot} plot @param {Mean} mean */
  pixelsOf(plot, mean) {
    return [plot.x(mean[0]), mean.length > 1 ? plot.y(mean[1]) : plot.bottom];
  },
};
