// How far jobs are, asked every two seconds while the page is looked at; what ended is shown anew.
const address = document.getElementById("jobs-live").dataset.live;
const places = new Map([...document.querySelectorAll("[data-job]")].map((place) => [place.dataset.job, place]));

function show(place, job) {
  const name = place.querySelector("[data-name]");
  name.textContent = job.name;
  name.className = `badge job-${job.state}`;
  const bar = place.querySelector("progress");
  bar.hidden = job.state === "queued";
  if (job.share === null) bar.removeAttribute("value");
  else bar.value = job.share;
  place.querySelector("[data-step]").textContent = job.step;
}

async function ask() {
  if (document.hidden) return;
  const asked = new URLSearchParams([...places.keys()].map((id) => ["job", id]));
  const answer = await fetch(`${address}?${asked}`);
  if (!answer.ok) return;
  const { jobs } = await answer.json();
  const typing = document.querySelector("details[open] form input:not([type=hidden]):focus");
  if (!typing && jobs.some((job) => !job.is_open)) location.reload();
  jobs.filter((job) => places.has(job.id)).forEach((job) => show(places.get(job.id), job));
}

if (places.size) setInterval(() => ask().catch(() => {}), 2000);
