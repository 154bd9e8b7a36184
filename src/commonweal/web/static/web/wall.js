// A screen on a wall: a clock of the operator's time, and the figures anew every five minutes.
const RELOAD_MS = 300_000;
const clock = document.getElementById("clock");
const form = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short", timeZone: clock.dataset.zone });
const tick = () => { clock.textContent = form.format(new Date()); };

tick();
setInterval(tick, 10_000);
// Nobody is there to press a key if the server is away for a moment: reload only once it answers.
setInterval(async () => {
  try { if ((await fetch(location.href, { method: "HEAD" })).ok) location.reload(); } catch { /* later */ }
}, RELOAD_MS);
