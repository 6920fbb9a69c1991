// Keeps a page up to date while it is open. Everything works without this file.
// An event carries a version only; the page is then fetched again and its parts are taken over from that.
(() => {
  "use strict";
  const REFRESH_MS = 5000;
  const ANNOUNCE_MS = 60000;
  const status = document.querySelector("[data-stroom]");
  const button = document.querySelector("[data-stroom-knop]");
  if (!status || !window.EventSource) return;

  let known = status.dataset.versie;
  let waiting = null;
  let announcedAt = Date.now();
  let refreshedAt = 0;
  const isPaused = () => button?.getAttribute("aria-pressed") === "true";

  const replaceParts = (fresh) => {
    for (const part of document.querySelectorAll("[data-deel]")) {
      const next = fresh.querySelector(`[data-deel="${part.dataset.deel}"]`);
      if (!next || part.contains(document.activeElement) || part.innerHTML === next.innerHTML) continue;
      const taken = document.importNode(next, true);
      const open = [...part.querySelectorAll("details")].map((each) => each.open);
      taken.querySelectorAll("details").forEach((each, place) => { each.open = open[place] ?? false; });
      part.replaceWith(taken);
    }
  };

  const announce = (fresh) => {
    const next = fresh.querySelector("[data-stroom]");
    if (!next || Date.now() - announcedAt < ANNOUNCE_MS) return;
    announcedAt = Date.now();
    status.textContent = next.textContent;
  };

  const refresh = async () => {
    waiting = null;
    if (isPaused() || document.hidden) return;
    refreshedAt = Date.now();
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    replaceParts(fresh);
    announce(fresh);
  };

  const plan = () => {
    if (waiting === null) waiting = setTimeout(refresh, Math.max(0, refreshedAt + REFRESH_MS - Date.now()));
  };

  const source = new EventSource(status.dataset.stroom);
  source.addEventListener("bord", (event) => {
    const version = event.lastEventId;
    if (version !== known) plan();
    known = version;
  });

  document.addEventListener("visibilitychange", () => { if (!document.hidden) plan(); });
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(!isPaused()));
      if (!isPaused()) plan();
    });
  }
})();
