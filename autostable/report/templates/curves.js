function drawCurves() {
  const style = getComputedStyle(root);
  const colour = (name) => style.getPropertyValue(name).trim();
  const tones = { stable: colour("--good"), unstable: colour("--warn"), crashed: colour("--bad"), "timed-out": colour("--warn") };
  const values = (curves) => curves.flatMap((curve) => curve.y).filter((value) => value !== null);
  const finite = values(CURVES);
  const held = values(CURVES.filter((curve) => curve.outcome === "stable"));
  const low = Math.min(...finite);
  // What ran away must not press the curves that matter flat: it leaves at the top.
  const high = held.length && low > 0 ? Math.min(Math.max(...finite), 30 * Math.max(...held)) : Math.max(...finite);
  const logarithmic = low > 0 && high / low > 50;
  const range = logarithmic ? [Math.log10(low) - 0.1, Math.log10(high) + 0.1] : [low - 0.05 * (high - low), high + 0.05 * (high - low)];
  const traces = CURVES.map((curve) => ({
    x: curve.x, y: curve.y, name: curve.name, mode: "lines", connectgaps: false,
    line: {
      color: curve.kind === "baseline" ? colour("--bad") : tones[curve.outcome] || colour("--quiet"),
      width: curve.kind === "full" ? 2.6 : 1.6,
      dash: curve.kind === "probe" ? "dot" : "solid",
    },
  }));
  // A loss that became non-finite ends in a cross at its last finite value.
  for (const curve of CURVES.filter((each) => each.broke !== null)) {
    const last = curve.y.findLastIndex((value, index) => value !== null && curve.x[index] < curve.broke);
    if (last < 0) continue;
    traces.push({
      x: [curve.x[last]], y: [Math.min(curve.y[last], high)], mode: "markers", cliponaxis: false, showlegend: false, hovertext: "non-finite from here on",
      hoverinfo: "text", marker: { symbol: "x", size: 10, color: colour("--bad") },
    });
  }
  const axis = { gridcolor: colour("--line"), zeroline: false, linecolor: colour("--line") };
  Plotly.react("curves", traces, {
    paper_bgcolor: "transparent", plot_bgcolor: "transparent", hovermode: "closest",
    font: { color: colour("--quiet"), family: "system-ui, sans-serif", size: 13 },
    margin: { l: 58, r: 12, t: 10, b: 44 },
    xaxis: { ...axis, title: { text: "step" } },
    yaxis: {
      ...axis, title: { text: "loss" }, type: logarithmic ? "log" : "linear", exponentformat: "power",
      ...(low < high ? { range } : {}),
    },
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
  }, { responsive: true, displaylogo: false, displayModeBar: false });
}
drawCurves();
document.addEventListener("themechange", drawCurves);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCurves);
