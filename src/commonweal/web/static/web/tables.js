// Makes the columns of every table.sortable sortable, and selects in .scope act at once.
function value(cell) {
  const exact = cell.dataset.sort;
  return exact === undefined ? cell.textContent.trim() : Number(exact);
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number") return -1; // no data stands last
  if (typeof b === "number") return 1;
  return a.localeCompare(b, document.documentElement.lang, { numeric: true });
}

function sort(table, index, head) {
  const descending = head.getAttribute("aria-sort") === "ascending";
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((a, b) => compare(value(a.cells[index]), value(b.cells[index])) * (descending ? -1 : 1));
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  body.append(...rows);
}

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tHead.rows[0].cells].forEach((head, index) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(table, index, head));
    head.append(button);
  });
}

for (const choice of document.querySelectorAll(".scope:not([method=post]) select")) {
  choice.addEventListener("change", () => choice.form.submit());
}
