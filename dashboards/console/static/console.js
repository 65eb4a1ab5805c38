// Keeps the live list live: new mentions by Server-Sent Events, without moving what somebody is reading.
"use strict";
(() => {
  const MOST = 200; // mentions kept on the page; older ones are behind "Older mentions"
  const list = document.getElementById("mentions");
  const figures = document.getElementById("figures");
  const button = document.getElementById("fresh");
  const state = document.getElementById("stream-state");
  const form = document.getElementById("filters");
  const canHover = matchMedia("(hover: hover)").matches;
  let waiting = []; // articles that arrived while somebody was reading
  let flooded = false;
  const title = document.title;

  document.documentElement.classList.add("scripted");
  form.addEventListener("change", () => {
    for (const select of form.elements) {
      if (select.tagName === "SELECT" && select.value === "") select.disabled = true; // keeps the address short
    }
    form.submit();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) { location.reload(); return; } // its stream was closed when it was left
    for (const field of form.elements) field.disabled = false;
    form.reset(); // a browser that goes back would show the choice made after this page
  });

  const fill = (pattern, n) => pattern.replace("{n}", n.toLocaleString(document.documentElement.lang));

  function tellAges() {
    for (const article of list.children) {
      const minutes = Math.floor((Date.now() - Date.parse(article.dataset.at)) / 60000);
      const shown = article.querySelector(".ago");
      if (minutes < 1) shown.textContent = list.dataset.now;
      else if (minutes < 60) shown.textContent = fill(list.dataset.minutes, minutes);
      else if (minutes < 1440) shown.textContent = fill(list.dataset.hours, Math.floor(minutes / 60));
    }
  }

  function isReading() {
    const selected = getSelection();
    return list.getBoundingClientRect().top < 0
      || list.contains(document.activeElement)
      || (canHover && list.matches(":hover"))
      || list.querySelector("details[open]") !== null
      || (!selected.isCollapsed && list.contains(selected.anchorNode));
  }

  function place(article) {
    const at = Date.parse(article.dataset.at);
    let before = list.firstElementChild;
    while (before && Date.parse(before.dataset.at) > at) before = before.nextElementSibling;
    article.classList.add("arrived");
    list.insertBefore(article, before);
  }

  function show() {
    const empty = document.getElementById("empty");
    if (empty && waiting.length) empty.remove();
    for (const article of waiting) place(article);
    waiting = [];
    while (list.children.length > MOST) list.lastElementChild.remove();
    tellAges();
    tellWaiting();
  }

  function tellWaiting() {
    document.title = (waiting.length ? `(${waiting.length}) ` : "") + title;
    button.hidden = !flooded && waiting.length === 0;
    if (flooded) button.textContent = button.dataset.flood;
    else if (waiting.length) {
      button.textContent = waiting.length === 1 ? button.dataset.one : fill(button.dataset.many, waiting.length);
    }
  }

  function take(html) {
    const template = document.createElement("template");
    template.innerHTML = html; // our own server's markup, escaped there; the policy of the page runs no script in it
    for (const article of [...template.content.children]) {
      const known = document.getElementById(article.id);
      if (known) continue; // on the page already
      if (!waiting.some((other) => other.id === article.id)) waiting.push(article);
    }
    if (waiting.length > MOST) flooded = true;
    if (!flooded && !isReading()) show();
    else tellWaiting();
  }

  function tellState(open) {
    state.hidden = false;
    state.className = open ? "stream-state open" : "stream-state";
    state.textContent = open ? state.dataset.open : state.dataset.lost;
  }

  function listen() {
    const events = new EventSource(list.dataset.events);
    events.addEventListener("open", () => tellState(true));
    events.addEventListener("error", () => tellState(false));
    events.addEventListener("mentions", (event) => take(event.data));
    events.addEventListener("figures", (event) => {
      if (figures.contains(document.activeElement)) return; // somebody is at it with the keyboard
      const [left, top] = [figures.querySelector(".figures").scrollLeft, figures.parentElement.scrollTop];
      figures.innerHTML = event.data;
      figures.querySelector(".figures").scrollLeft = left;
      figures.parentElement.scrollTop = top;
    });
    events.addEventListener("flood", () => { flooded = true; tellWaiting(); });
    addEventListener("pagehide", () => events.close());
  }

  if (list.dataset.events) {
    button.addEventListener("click", () => {
      if (flooded) { location.reload(); return; }
      show();
      document.getElementById("content").scrollIntoView({ block: "start" });
      document.getElementById("content").focus({ preventScroll: true });
    });
    addEventListener("scroll", () => { if (waiting.length && !flooded && !isReading()) show(); }, { passive: true });
    list.addEventListener("mouseleave", () => { if (waiting.length && !flooded && !isReading()) show(); });
    listen();
  }
  setInterval(tellAges, 30000);
})();
