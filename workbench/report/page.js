"use strict";
(() => {
  // Code: folded in <details>, so it can be read without this script; the button opens or closes all of it.
  const button = document.getElementById("code");
  const folds = [...document.querySelectorAll("details.code")];
  const memory = {  // a page opened from disk may have no storage: then nothing is remembered
    read() { try { return localStorage.getItem("workbench-code") === "shown"; } catch { return false; } },
    write(shown) { try { localStorage.setItem("workbench-code", shown ? "shown" : "hidden"); } catch { /* see above */ } },
  };
  const showCode = (shown) => {
    folds.forEach((fold) => { fold.open = shown; });
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? "Hide code" : "Show code";
  };
  if (folds.length) {
    button.hidden = false;
    if (memory.read()) showCode(true);
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      showCode(shown);
      memory.write(shown);
    });
  }

  // Contents: mark the section that is being read.
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  const reading = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((entry) => entry.isIntersecting)) {
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-15% 0px -75% 0px" });
  links.forEach((_, id) => reading.observe(document.getElementById(id)));

  // Figures: the library is unpacked when the page is there; then they are drawn one by one, the nearest first.
  const charts = [...document.querySelectorAll(".chart")];
  if (!charts.length) return;
  const NARROW = 520;  // pixels: below, labels are wrapped and letters are smaller
  const LINE = 14;  // pixels: of a narrow figure's label
  const AROUND = 90;  // pixels: above and below its bars
  const PAPER = 660;  // pixels: a figure's width on A4 and on Letter
  const config = { responsive: true, displayModeBar: false, displaylogo: false };
  const touch = matchMedia("(pointer: coarse)").matches;

  const unpack = async () => {
    const packed = document.getElementById("library");
    const letters = atob(packed.textContent);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i += 1) bytes[i] = letters.charCodeAt(i);
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(plain).text();
    document.head.append(script);
    packed.remove();
  };

  const wrap = (text) => text.replace(/(.{12,}?)[ _/](?=.{4})/g, "$1<br>");

  const wrapLabels = (data, layout) => {
    for (const letter of ["x", "y"]) {
      const names = new Set();
      for (const trace of data) if (Array.isArray(trace[letter])) trace[letter].forEach((value) => names.add(value));
      const axis = (layout[`${letter}axis`] ??= {});
      const words = [...names].filter((name) => typeof name === "string" && name.length > 14);
      if (words.length && names.size <= 40 && !axis.ticktext) {
        const ticktext = [...names].map((name) => wrap(String(name)));
        Object.assign(axis, { tickmode: "array", tickvals: [...names], ticktext });
        const lines = Math.max(...ticktext.map((text) => text.split("<br>").length));
        if (letter === "y") layout.height = Math.max(layout.height ?? 0, AROUND + names.size * (lines * LINE + 8));
      }
      if (axis.title?.text) axis.title.text = axis.title.text.replace(/(.{24,}?) (?=.{6})/g, "$1<br>");
    }
  };

  const room = (chart) => chart.clientWidth || chart.closest("section").clientWidth;  // 0 inside what is folded

  const draw = (chart) => {
    const { data, layout } = JSON.parse(document.getElementById(`${chart.id}-json`).textContent);
    if (touch) layout.dragmode = false;  // a finger on a figure scrolls the page
    if (!chart.clientWidth) layout.width = room(chart);
    if (room(chart) < NARROW) {
      wrapLabels(data, layout);
      layout.font = { ...layout.font, size: 11 };
      if (layout.height) chart.style.height = `${layout.height}px`;
    }
    Plotly.newPlot(chart, data, layout, config);
    chart.dataset.drawn = "yes";
  };

  const giveUp = (chart, error) => {
    chart.parentElement.classList.add("undrawn");  // the page says so, and shows the numbers
    chart.parentElement.querySelector("details")?.setAttribute("open", "");
    console.error(error);
  };

  const pause = () => new Promise((go) => { setTimeout(go); });

  const distance = (chart) => Math.abs(chart.getBoundingClientRect().top);

  const drawAll = async () => {
    await unpack();
    for (const chart of charts.sort((one, other) => distance(one) - distance(other))) {
      await pause();
      try { draw(chart); } catch (error) { giveUp(chart, error); }
    }
  };

  // An open document in a frame holds back this page's load event, so whoever waits for it finds the figures drawn.
  const frame = document.createElement("iframe");
  frame.hidden = true;
  document.body.append(frame);
  frame.contentDocument?.open();
  drawAll().catch((error) => charts.forEach((chart) => giveUp(chart, error))).finally(() => {
    frame.contentDocument?.close();
    frame.remove();
  });

  // What is folded is drawn too and takes its true width when it is opened; paper shows all of it.
  const fit = (charts, size) => charts.forEach((chart) => chart.dataset.drawn && Plotly.relayout(chart, size));
  const screen = { width: null, autosize: true };
  let size = screen;
  const exhibits = [...document.querySelectorAll("details.exhibit")];
  const folded = exhibits.filter((fold) => !fold.open);
  exhibits.forEach((fold) => fold.addEventListener("toggle", () => fold.open && fit(fold.querySelectorAll(".chart"), size)));
  const show = (open, wanted) => {
    folded.forEach((fold) => { fold.open = open; });
    size = wanted;
    fit(charts, size);
  };
  addEventListener("beforeprint", () => show(true, { width: PAPER }));
  addEventListener("afterprint", () => show(false, screen));
})();
