"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
    3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000, 1728000, 4320000];
  document.documentElement.classList.add("js");

  function make(name, attributes, text) {
    const element = document.createElementNS(SVG, name);
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function number(value) {
    const [whole, rest] = String(+value.toPrecision(4)).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
    return rest ? grouped + "." + rest : grouped;
  }

  // The two greatest units of a time; more of them where the step between two ticks is small.
  function time(seconds, step) {
    if (seconds < 1 && seconds > 0) return +(seconds * 1000).toFixed(3) + "\u00a0ms";
    let left = seconds;
    const parts = [];
    for (const [unit, length] of [["d", 86400], ["h", 3600], ["min", 60]]) {
      const whole = Math.floor(left / length + 1e-9);
      if (whole > 0) { parts.push(whole + "\u00a0" + unit); left -= whole * length; }
    }
    if (left > 1e-6 && (parts.length < 2 || step < 60)) parts.push(+left.toFixed(3) + "\u00a0s");
    return parts.join(" ") || "0";
  }

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);

  const plots = [...document.querySelectorAll("figure.plot")].map((figure) => ({
    figure,
    svg: figure.querySelector("svg.chart"),
    data: figure.querySelector("svg.chart svg.data"),
    axis: figure.querySelector("g.axis"),
    what: JSON.parse(figure.querySelector("script").textContent),
  }));

  function view(plot) { return plot.view || [plot.what.from, plot.what.to]; }

  // Shows a stretch of the x axis: the data are moved under the frame, and the axis is drawn anew.
  function show(plot, from, to) {
    const { what } = plot;
    if (what.names) return;
    const all = what.to - what.from;
    const span = Math.min(all, Math.max(to - from, all / 2000));
    from = Math.min(Math.max(from, what.from), what.to - span);
    plot.view = [from, from + span];
    if (!plot.whole) plot.whole = plot.data.getAttribute("viewBox").split(" ").map(Number);
    const [x, y, width, height] = plot.whole;
    const scale = width / all;
    plot.data.setAttribute("viewBox", [x + (from - what.from) * scale, y, span * scale, height].join(" "));
    ticks(plot);
  }

  function ticks(plot) {
    const [left, top, width, height] = plot.what.box;
    const [from, to] = view(plot);
    // What stands at ticks must not touch: a character is about 7.5 wide.
    const fits = (step) => {
      if ((to - from) / step > 10) return false;
      const room = width * step / (to - from) - 14;
      for (let count = Math.ceil(from / step - 1e-9); count * step <= to * (1 + 1e-9); count++)
        if (time(count * step, step).length * 7.5 > room) return false;
      return true;
    };
    const step = STEPS.find(fits) || (to - from) / 4;
    const place = (at) => left + (at - from) / (to - from) * width;
    const drawn = [make("line", { x1: left, x2: left + width, y1: top + height, y2: top + height, stroke: "#666666" })];
    for (let count = Math.ceil(from / step - 1e-9); count * step <= to * (1 + 1e-9); count++) {
      const x = place(count * step);
      drawn.push(make("line", { x1: x, x2: x, y1: top, y2: top + height, stroke: "#DDDDDD" }),
        ...(height > 400 ? [make("text", { x, y: top - 6, "font-size": 12, "text-anchor": "middle", fill: "#666666" }, time(count * step, step))] : []),
        make("text", { x, y: top + height + 18, "font-size": 12.5, "text-anchor": "middle", fill: "#666666" }, time(count * step, step)));
    }
    for (const [at, name] of plot.what.marks) {
      if (at < from || at > to) continue;
      const x = place(at);
      drawn.push(make("line", { x1: x, x2: x, y1: top, y2: top + height, stroke: "#666666", "stroke-dasharray": "2 4" }),
        make("text", { x, y: top - 3, "font-size": 11, "text-anchor": "middle", fill: "#666666" }, name));
    }
    plot.axis.replaceChildren(...drawn);
  }

  function showAll(from, to) { for (const plot of plots) show(plot, from, to); }

  // Where a pointer is on the x axis.
  function pointed(plot, event) {
    const [left, , width] = plot.what.box;
    const matrix = plot.svg.getScreenCTM();
    const x = (event.clientX - matrix.e) / matrix.a;
    const [from, to] = view(plot);
    return from + Math.min(1, Math.max(0, (x - left) / width)) * (to - from);
  }

  function nearest(xs, x) {
    let low = 0, high = xs.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; if (xs[middle] <= x) low = middle; else high = middle; }
    return Math.abs(xs[low] - x) <= Math.abs(xs[high] - x) ? low : high;
  }

  function point(plot, at, screen, said) {
    const [left, top, width, height] = plot.what.box;
    const [from, to] = view(plot);
    let x = at;
    const lines = said ? [said] : [];
    for (const layer of plot.what.layers) {
      if (!layer.x.length) continue;
      const place = nearest(layer.x, at), value = layer.y[place];
      x = layer.x[place];
      lines.push(layer.name + ": " + (Array.isArray(value) ? value.map(number).join(" to ") : shown(plot, value)));
    }
    const name = plot.what.names ? plot.what.names[Math.floor(x - plot.what.from)] : time(x, 1);
    tip.textContent = [name, ...lines].join("\n");
    tip.hidden = false;
    plot.cursor = plot.cursor || plot.svg.appendChild(make("line", { class: "cursor", y1: top, y2: top + height }));
    const place = left + (x - from) / (to - from) * width;
    plot.cursor.setAttribute("x1", place);
    plot.cursor.setAttribute("x2", place);
    plot.at = x;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(screen.x + 14, innerWidth - box.width - 4)) + "px";
    tip.style.top = Math.max(4, Math.min(screen.y + 14, innerHeight - box.height - 4)) + "px";
  }

  function shown(plot, value) {
    return plot.what.unit.startsWith("share") ? number(value * 100) + "\u00a0%" : number(value);
  }

  function leave(plot) {
    tip.hidden = true;
    if (plot.cursor) plot.cursor.remove();
    plot.cursor = null;
  }

  function keys(plot, event) {
    const [from, to] = view(plot), span = to - from;
    const moves = { ArrowLeft: -span / 4, ArrowRight: span / 4 };
    const zooms = { "+": 0.5, "-": 2 };
    if (event.key === "0" || event.key === "Escape") showAll(plot.what.from, plot.what.to);
    else if (moves[event.key]) showAll(from + moves[event.key], to + moves[event.key]);
    else if (zooms[event.key]) { const half = span * zooms[event.key] / 2, middle = (from + to) / 2; showAll(middle - half, middle + half); }
    else return;
    event.preventDefault();
  }

  for (const plot of plots) {
    const { svg } = plot;
    let start = null, shade = null;
    svg.addEventListener("pointermove", (event) => {
      const at = pointed(plot, event);
      const title = plot.what.layers.length ? null : event.target.querySelector(":scope > title");
      point(plot, at, { x: event.clientX, y: event.clientY }, title && title.textContent);
      if (start === null) return;
      const [left, top, width, height] = plot.what.box, [from, to] = view(plot);
      const place = (x) => left + (x - from) / (to - from) * width;
      shade = shade || svg.appendChild(make("rect", { class: "drag", y: top, height }));
      shade.setAttribute("x", place(Math.min(start, at)));
      shade.setAttribute("width", Math.abs(place(at) - place(start)));
    });
    svg.addEventListener("pointerdown", (event) => { if (!plot.what.names && event.button === 0) start = pointed(plot, event); });
    addEventListener("pointerup", (event) => {
      if (start === null) return;
      const at = pointed(plot, event), [from, to] = view(plot);
      if (Math.abs(at - start) > (to - from) / 100) showAll(Math.min(start, at), Math.max(start, at));
      start = null;
      if (shade) shade.remove();
      shade = null;
    });
    svg.addEventListener("dblclick", () => showAll(plot.what.from, plot.what.to));
    svg.addEventListener("pointerleave", () => leave(plot));
    svg.addEventListener("blur", () => leave(plot));
    svg.addEventListener("keydown", (event) => keys(plot, event));
  }

  const client = document.getElementById("client");
  const ladders = [...document.querySelectorAll("figure.ladder")];
  function choose(place) {
    ladders.forEach((ladder) => ladder.classList.toggle("chosen", ladder.dataset.place === String(place)));
    client.value = place;
  }

  // A page can be opened at a place: #client=guest%203, #zoom=3600-7200 (seconds), #point=occupancy:3600; with & between.
  function open() {
    for (const part of location.hash.slice(1).split("&")) {
      const split = part.indexOf("=");
      if (split < 0) continue;
      const key = part.slice(0, split);
      let value;
      try { value = decodeURIComponent(part.slice(split + 1)); } catch { continue; }
      if (key === "client" && client) {
        const found = ladders.find((ladder) => ladder.dataset.client === value);
        if (found) { choose(found.dataset.place); found.scrollIntoView(); }
      } else if (key === "zoom") {
        const [from, to] = value.split("-").map(Number);
        if (to > from) showAll(from, to);
      } else if (key === "point") {
        const [name, at] = value.split(":");
        const plot = plots.find((plot) => plot.figure.id === name);
        if (plot && at !== "") {
          plot.figure.scrollIntoView();
          const box = plot.svg.getBoundingClientRect();
          point(plot, Number(at), { x: box.x + box.width / 2, y: box.y + box.height / 2 });
        }
      }
    }
  }
  if (client) {
    client.addEventListener("change", () => choose(client.value));
    choose(ladders[0].dataset.place);
  }
  addEventListener("hashchange", open);
  open();
})();
