// Boxes that scroll can be reached by keyboard, and only those; tooltips stay on the screen and close with Escape.
(() => {
  "use strict";
  const boxes = ".table-region, div.math, mjx-container, div.highlight pre, div.cell_output pre";

  const markScrolling = () => {
    for (const box of document.querySelectorAll(boxes)) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };

  const place = (event) => {
    const holder = event.target.closest?.(".term-box");
    if (!holder) return;
    holder.classList.remove("closed");
    const tip = holder.querySelector("[role=tooltip]");
    tip.style.left = "0";
    const { left, right } = tip.getBoundingClientRect();
    const beyond = right - (document.documentElement.clientWidth - 12);
    if (beyond > 0) tip.style.left = `${-Math.min(beyond, left - 12)}px`;
  };

  const close = (event) => {
    if (event.key !== "Escape") return;
    for (const holder of document.querySelectorAll(".term-box")) holder.classList.add("closed");
  };

  document.addEventListener("mouseover", place);
  document.addEventListener("focusin", place);
  document.addEventListener("keydown", close);
  window.addEventListener("resize", markScrolling);
  window.addEventListener("load", () => {
    markScrolling();
    window.MathJax?.startup?.promise?.then(markScrolling);
  });
  document.addEventListener("toggle", markScrolling, true);
})();
