// Draws the formulas; katex.min.js is loaded before.
document.addEventListener("DOMContentLoaded", () => {
  for (const formula of document.querySelectorAll(".math")) {
    katex.render(formula.textContent, formula, { displayMode: formula.classList.contains("display") });
  }
});
