// A slash goes to the search, as in most places where people look things up; a menu closes as one expects.
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  const field = document.querySelector(".find input");
  if (event.key !== "/" || !field || event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  field.focus();
});
document.addEventListener("click", ({ target }) => {
  document.querySelectorAll(".menu[open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
});
