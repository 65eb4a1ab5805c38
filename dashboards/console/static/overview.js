// Keeps the overview live: its whole content comes anew by Server-Sent Events, unless somebody is at it.
"use strict";
(() => {
  const shown = document.getElementById("overview");
  const state = document.getElementById("stream-state");
  let newest = null; // what came while somebody was at it

  function isBusy() {
    const selected = getSelection();
    return shown.contains(document.activeElement)
      || shown.querySelector("svg:hover") !== null // a title is being read
      || (!selected.isCollapsed && shown.contains(selected.anchorNode));
  }

  function show() {
    if (newest === null || isBusy()) return;
    const open = [...shown.querySelectorAll("details[open]")].map((one) => one.id);
    shown.innerHTML = newest; // our own server's markup, escaped there; the policy of the page runs no script in it
    newest = null;
    for (const id of open) {
      const again = document.getElementById(id);
      if (again) again.open = true;
    }
  }

  function tellState(open) {
    state.hidden = false;
    state.className = open ? "stream-state open" : "stream-state";
    state.textContent = open ? state.dataset.open : state.dataset.lost;
  }

  const events = new EventSource(shown.dataset.events);
  events.addEventListener("open", () => tellState(true));
  events.addEventListener("error", () => tellState(false));
  events.addEventListener("figures", (event) => { newest = event.data; show(); });
  addEventListener("pagehide", () => events.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  setInterval(show, 2000);
})();
