// Draws every [data-chart]: its data stands in a JSON script element, its colours in the CSS tokens.
const NARROW_PX = 520;

// The colour a token has now: asked of an element, as light-dark() is resolved only where it is used.
const probe = document.head.appendChild(document.createElement("i"));
const token = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };

const number = (value, decimals) => value === null || value === undefined || Number.isNaN(value) ? "–"
  : Number(value).toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

function common(chart) {
  const ink = token("--cw-ink"), muted = token("--cw-muted"), line = token("--cw-line");
  return {
    ink, muted, line,
    option: {
      color: [token("--cw-accent"), token("--cw-tone-1"), token("--cw-tone-2"), token("--cw-tone-3")],
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
      animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350,
      aria: { enabled: true, label: { description: chart.title } },
      tooltip: {
        backgroundColor: token("--cw-card"), borderColor: line, textStyle: { color: ink },
        valueFormatter: (value) => `${number(value, chart.decimals)} ${chart.unit}`,
      },
    },
  };
}

// How high a legend below a picture is: its names go on a new line where the place ends.
function legendHeight(names, place) {
  if (names.length < 2) return 0;
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  let lines = 1, x = 0;
  for (const name of names) {
    const width = pen.measureText(name).width + 27;  // the mark, and what is left free
    if (x && x + width > place.clientWidth - 10) [lines, x] = [lines + 1, 0];
    x += width;
  }
  return 2 + 24 * lines;
}

function timed(chart, place) {
  const { muted, line, option } = common(chart);
  const series = chart.series.map((one) => ({
    name: one.name, data: one.values, type: chart.form === "bar" ? "bar" : "line",
    barMaxWidth: 22, symbolSize: 6, connectNulls: false, cursor: "default",
    ...(one.reference ? { itemStyle: { color: token("--cw-reference"), opacity: chart.form === "bar" ? 0.45 : 1 },
      lineStyle: { type: "dashed", width: 1.5 } } : {}),
  }));
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "axis" },
    legend: { show: series.length > 1, bottom: 0, textStyle: { color: muted }, icon: "roundRect", itemWidth: 12, itemHeight: 8,
      formatter: (name) => echarts.format.truncateText(name, place.clientWidth - 40, "12px sans-serif", "…") },
    grid: { left: 4, right: 12, top: 16, bottom: 8 + legendHeight(series.map((one) => one.name), place), containLabel: true },
    xAxis: { type: "category", data: chart.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
      axisLabel: { color: muted, hideOverlap: true, interval: chart.categories.length > 6 ? "auto" : 0, formatter: (name) => chart.short[name] || name } },
    yAxis: { type: "value", scale: chart.form === "line" && chart.scale, axisLabel: { color: muted }, splitLine: { lineStyle: { color: line } } },
    series,
  };
}

function ranking(chart) {
  const { ink, muted, option } = common(chart);
  const values = chart.series[0].values;
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item" },
    grid: { left: 4, right: 64, top: 4, bottom: 4, containLabel: true },
    xAxis: { type: "value", show: false },
    yAxis: { type: "category", inverse: true, data: chart.categories, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: ink, interval: 0 } },
    series: [{ type: "bar", name: chart.series[0].name, barMaxWidth: 14, itemStyle: { borderRadius: 2 },
      label: { show: true, position: "right", color: muted, formatter: ({ value }) => number(value, chart.decimals) },
      data: values.map((value, index) => ({ value, link: chart.links[index] })) }],
  };
}

async function map(chart, place) {
  const { ink, muted, line, option } = common(chart);
  if (!echarts.getMap("provinces")) {
    echarts.registerMap("provinces", await (await fetch(place.dataset.map)).json());
  }
  const values = chart.series[0].values;
  const found = values.filter((value) => value !== null), least = Math.min(...found), most = Math.max(...found);
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item",
      formatter: ({ data }) => data && data.value !== null ? `${data.label}<br><b>${number(data.value, chart.decimals)}</b> ${chart.unit}` : "" },
    visualMap: { min: least === most ? least - 1 : least, max: most, show: least !== most, precision: chart.decimals, calculable: false,
      text: [number(most, chart.decimals), number(least, chart.decimals)],
      left: 0, bottom: 0, itemHeight: 90, itemWidth: 12, textStyle: { color: muted },
      inRange: { color: [token("--cw-map-low"), token("--cw-map-high")] } },
    series: [{ type: "map", map: "provinces", nameProperty: "id", roam: false, aspectScale: 0.82, layoutCenter: ["52%", "54%"], layoutSize: place.clientHeight > place.clientWidth ? "98%" : "118%",
      selectedMode: false, label: { show: false },
      itemStyle: { areaColor: token("--cw-sunken"), borderColor: token("--cw-card"), borderWidth: 0.8 },
      emphasis: { label: { show: false }, itemStyle: { areaColor: token("--cw-tone-1") } },
      data: values.map((value, index) => ({ name: chart.regions[index], value, label: chart.categories[index], link: chart.links[index] })).filter((one) => one.value !== null) }],
  };
}

// Flows between places: a ribbon is as wide as what flows, a place is labelled with what passes it.
function sankey(chart, place) {
  const { ink, muted, option } = common(chart), colors = [...option.color, token("--cw-reference")];
  const sum = (name, end) => chart.flows.reduce((total, flow) => total + (flow[end] === name ? flow[2] : 0), 0);
  const passes = Object.fromEntries(chart.categories.map((name) => [name, Math.max(sum(name, 0), sum(name, 1))]));
  const isNarrow = place.clientWidth < NARROW_PX, size = isNarrow ? 10 : 12, right = isNarrow ? 92 : 150;
  const depth = {};
  for (const name of chart.categories) depth[name] = Math.max(-1, ...chart.flows.filter((flow) => flow[1] === name).map((flow) => depth[flow[0]])) + 1;
  const between = (place.clientWidth - right - 16) / Math.max(...Object.values(depth), 1) - 18;
  const inked = (text) => [...text].reduce((total, letter) => total + (letter > "\u2e80" ? 1 : 0.58) * size, 0);
  const said = (name) => {  // lines break between words, never within a number
    const lines = [""], value = number(passes[name], chart.decimals), width = sum(name, 0) ? between : right - 6;
    for (const part of name.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*|\s+/gu) || []) {
      if (inked(lines.at(-1) + part.trim()) > width) lines.push("");
      lines[lines.length - 1] += part;
    }
    const gap = inked(`${lines.at(-1)} ${value}`) > width ? "\n" : " ";
    return `${lines.map((line) => line.trim()).join("\n")}${gap}{value|${value}}`;
  };
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item", formatter: ({ dataType, data }) => dataType === "edge"
      ? `${data.source} → ${data.target}<br><b>${number(data.value, chart.decimals)}</b> ${chart.unit}`
      : `${data.name}<br><b>${number(passes[data.name], chart.decimals)}</b> ${chart.unit}` },
    series: [{ type: "sankey", left: 4, right, top: 8, bottom: isNarrow ? 26 : 8, nodeWidth: 12, nodeGap: 16, draggable: false,
      emphasis: { focus: "adjacency" }, lineStyle: { color: "source", opacity: 0.32, curveness: 0.5 },
      labelLayout: { hideOverlap: true },
      label: { color: ink, lineHeight: isNarrow ? 12 : 15, fontSize: size,
        formatter: ({ name }) => said(name), rich: { value: { color: muted, fontSize: size } } },
      data: chart.categories.map((name, index) => ({ name, itemStyle: { color: colors[index % colors.length], borderWidth: 0 } })),
      links: chart.flows.map(([source, target, value]) => ({ source, target, value })) }],
  };
}

// Levels stand on the axis, changes hang between them; orange adds, blue takes away, and each says its sign.
// Where the changes are small beside the levels, the axis begins above zero. Lies on its side where it is narrow.
function waterfall(chart, place) {
  const { ink, muted, line, option } = common(chart);
  const isNarrow = place.clientWidth < NARROW_PX, values = chart.series[0].values;
  let level = 0;
  const spans = values.map((value, index) => {
    const from = chart.totals[index] ? 0 : level;
    level = from + value;
    return [from, level];
  });
  const tops = spans.map((span) => span[1]), least = Math.min(...tops), most = Math.max(...tops);
  const room = 0.6 * (most - least), floor = least > 0 && least > 0.6 * most ? Math.max(0, least - room) : null;
  const tone = (index) => token(chart.totals[index] ? "--cw-accent" : values[index] < 0 ? "--cw-tone-2" : "--cw-tone-1");
  const said = (index) => `${!chart.totals[index] && values[index] > 0 ? "+" : ""}${number(values[index], chart.decimals).replace("-", "\u2212")}`;
  const names = { type: "category", data: chart.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, inverse: isNarrow,
    axisLabel: { color: muted, interval: 0, overflow: "break", width: isNarrow ? 86 : (place.clientWidth - 80) / chart.categories.length - 6 } };
  const levels = { type: "value", min: floor ?? undefined, max: (range) => range.max + 0.08 * (range.max - (floor ?? Math.min(0, range.min))),
    axisLabel: { color: muted, showMaxLabel: false, showMinLabel: false, hideOverlap: true }, splitLine: { lineStyle: { color: line } } };
  const place_of = (api, index, value) => api.coord(isNarrow ? [value, index] : [index, value]);
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item", formatter: ({ dataIndex }) => `${chart.categories[dataIndex]}<br><b>${said(dataIndex)}</b> ${chart.unit}` },
    grid: { left: 4, right: isNarrow ? 76 : 12, top: 24, bottom: 8, containLabel: true },
    xAxis: isNarrow ? levels : names, yAxis: isNarrow ? names : levels,
    series: [{ type: "custom", encode: isNarrow ? { x: [1, 2], y: 0 } : { x: 0, y: [1, 2] }, data: spans.map((span, index) => [index, ...span]),
      renderItem: (_, api) => {
        const index = api.value(0), low = Math.max(Math.min(api.value(1), api.value(2)), floor ?? -Infinity), high = Math.max(api.value(1), api.value(2));
        const [a, b] = [place_of(api, index, low), place_of(api, index, high)], band = api.size([1, 1])[isNarrow ? 1 : 0], half = Math.min(band * 0.34, 34);
        const end = place_of(api, index, api.value(2));
        const shape = isNarrow ? { x: a[0], y: a[1] - half, width: Math.max(b[0] - a[0], 1), height: 2 * half }
          : { x: b[0] - half, y: b[1], width: 2 * half, height: Math.max(a[1] - b[1], 1) };
        const next = isNarrow ? { x1: end[0], y1: end[1] + half, x2: end[0], y2: end[1] + band - half } : { x1: end[0] + half, y1: end[1], x2: end[0] + band - half, y2: end[1] };
        const label = isNarrow ? { x: b[0] + 5, y: b[1], verticalAlign: "middle" } : { x: b[0], y: b[1] - 5, align: "center", verticalAlign: "bottom" };
        return { type: "group", children: [
          { type: "rect", shape: { ...shape, r: 2 }, style: { fill: tone(index) } },
          ...(index < values.length - 1 ? [{ type: "line", shape: next, style: { stroke: muted, lineWidth: 1, lineDash: [2, 2] } }] : []),
          { type: "text", style: { ...label, text: said(index), fill: ink, font: `11px ${option.textStyle.fontFamily}` } } ] };
      } }],
  };
}

// Lines, and the band in which a forecast lies: a bare line at its low end carries the difference.
function fan(chart, place) {
  const option = timed(chart, place), tone = option.color[0];
  const width = chart.high.map((high, index) => high === null || chart.low[index] === null ? null : high - chart.low[index]);
  const edge = { type: "line", stack: "fan", stackStrategy: "all", symbol: "none", silent: true, lineStyle: { opacity: 0 }, emphasis: { disabled: true }, tooltip: { show: false } };
  return {
    ...option,
    legend: { ...option.legend, data: chart.series.map((one) => one.name) },
    tooltip: { ...option.tooltip, formatter: (items) => {
      const index = items[0].dataIndex, low = chart.low[index], high = chart.high[index];
      const lines = chart.series.filter((one) => one.values[index] !== null).map((one) => `${one.name} <b>${number(one.values[index], chart.decimals)}</b> ${chart.unit}`);
      const band = low === null || high === null || low === high ? [] : [`${number(low, chart.decimals)} – ${number(high, chart.decimals)} ${chart.unit}`];
      return [chart.categories[index], ...lines, ...band].join("<br>");
    } },
    yAxis: { ...option.yAxis, scale: true },
    series: [...option.series, { ...edge, name: "low", data: chart.low, color: tone }, { ...edge, name: "high", data: width, color: tone, areaStyle: { color: tone, opacity: 0.2 } }],
  };
}

// A cost curve: as wide as what a measure saves, as high as that costs; blue saves money.
function steps(chart) {
  const { ink, muted, line, option } = common(chart), heights = chart.series[0].values;
  let reached = 0;
  const rows = chart.widths.map((width, index) => [reached, reached += width, heights[index]]);
  const axis = { type: "value", axisLabel: { color: muted, hideOverlap: true }, splitLine: { lineStyle: { color: line } } };
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item", formatter: ({ dataIndex: index }) =>
      `${chart.categories[index]}<br><b>${number(heights[index], chart.decimals)}</b> ${chart.unit}<br>${number(chart.widths[index], chart.widths[index] < 10 ? 1 : 0)} ${chart.widthUnit}` },
    grid: { left: 4, right: 16, top: 16, bottom: 26, containLabel: true },
    xAxis: { ...axis, min: 0, max: reached, name: chart.widthUnit, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: muted }, splitLine: { show: false },
      axisLabel: { ...axis.axisLabel, showMaxLabel: false }, axisLine: { onZero: false, lineStyle: { color: line } } },
    yAxis: axis,
    series: [{ type: "custom", encode: { x: [0, 1], y: 2 }, data: rows, renderItem: (_, api) => {
      const [left, top] = api.coord([api.value(0), Math.max(api.value(2), 0)]), [right, bottom] = api.coord([api.value(1), Math.min(api.value(2), 0)]);
      const width = Math.max(right - left - 1, 1), index = rows.findIndex((row) => row[0] === api.value(0));
      const isBelow = api.value(2) < 0, fill = token(isBelow ? "--cw-tone-2" : "--cw-tone-1");
      return { type: "group", children: [
        { type: "rect", shape: { x: left, y: top, width, height: Math.max(bottom - top, 1) }, style: { fill } },
        ...(width > 56 ? [{ type: "text", style: { x: left + 3, y: isBelow ? top - 4 : bottom + 4, text: chart.categories[index], width: width - 6, overflow: "truncate",
          fill: ink, font: `11px ${option.textStyle.fontFamily}`, verticalAlign: isBelow ? "bottom" : "top" } }] : [])] };
    } }],
  };
}

// What state each row is in, span by span; the usual state is pale, so that the others are seen.
function states(chart, place) {
  const { ink, muted, line, option } = common(chart), isNarrow = place.clientWidth < NARROW_PX, n = chart.categories.length - 1;
  const tones = [token("--cw-idle"), token("--cw-tone-1"), token("--cw-tone-2"), token("--cw-tone-3")], rows = chart.series.map((one) => one.name);
  const spans = chart.series.flatMap(({ values }, row) => values.map((value, slot) => [row, slot, value])
    .filter(([, slot, value]) => value !== null && (slot === 0 || values[slot - 1] !== value))
    .map(([, slot, value]) => { let end = slot; while (end < n && values[end] === value) end += 1; return [row, slot, end, value]; }));
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item", valueFormatter: undefined, formatter: ({ seriesIndex: state, dataIndex }) => {
      const [row, from, end] = spans.filter((span) => span[3] === state)[dataIndex];
      return `${rows[row]}<br><b>${chart.states[state]}</b> ${chart.categories[from]}–${chart.categories[end]}`;
    } },
    legend: { bottom: 0, textStyle: { color: muted }, icon: "roundRect", itemWidth: 12, itemHeight: 8 },
    grid: { left: 4, right: 24, top: 6, bottom: isNarrow ? 52 : 34, containLabel: true },
    xAxis: { type: "value", min: 0, max: n, interval: n / (isNarrow ? 4 : 8), splitLine: { lineStyle: { color: line } },
      axisLabel: { color: muted, formatter: (at) => chart.categories[Math.round(at)] || "" } },
    yAxis: { type: "category", inverse: true, data: rows, axisTick: { show: false }, axisLine: { show: false },
      axisLabel: { color: ink, fontSize: isNarrow ? 10 : 12, width: isNarrow ? 92 : 190, overflow: "truncate" } },
    series: chart.states.map((name, state) => ({ name, type: "custom", color: tones[state % tones.length], encode: { x: [1, 2], y: 0 },
      data: spans.filter((span) => span[3] === state), renderItem: (_, api) => {
        const [x, y] = api.coord([api.value(1), api.value(0)]), [end] = api.coord([api.value(2), api.value(0)]), height = Math.min(api.size([0, 1])[1] * 0.72, 24);
        return { type: "rect", shape: { x, y: y - height / 2, width: Math.max(end - x - 1, 1), height, r: 2 }, style: { fill: tones[state % tones.length] } };
      } })),
  };
}

// A value on the line of its interval, a hollow mark for what it is compared with.
function intervals(chart, place) {
  const { ink, muted, line, option } = common(chart), isNarrow = place.clientWidth < NARROW_PX, [main, ...others] = chart.series;
  const rows = chart.low.map((low, index) => [index, low, chart.high[index]]).filter(([, low, high]) => low !== null && high !== null);
  const points = (one) => one.values.map((value, index) => [value, index]).filter(([value]) => value !== null);
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item", formatter: ({ data, seriesType }) => {
      const index = seriesType === "custom" ? data[0] : data[1], low = chart.low[index], high = chart.high[index];
      const lines = chart.series.filter((one) => one.values[index] !== null).map((one) => `${one.name} <b>${number(one.values[index], chart.decimals)}</b> ${chart.unit}`);
      return [chart.categories[index], ...lines, ...(low === null || high === null ? [] : [`${number(low, chart.decimals)} – ${number(high, chart.decimals)} ${chart.unit}`])].join("<br>");
    } },
    legend: { show: others.length > 0, data: chart.series.map((one) => one.name), bottom: 0, textStyle: { color: muted }, itemWidth: 12, itemHeight: 8 },
    grid: { left: 4, right: 20, top: 8, bottom: others.length ? 34 : 8, containLabel: true },
    xAxis: { type: "value", scale: false, axisLabel: { color: muted, hideOverlap: true }, splitLine: { lineStyle: { color: line } } },
    yAxis: { type: "category", inverse: true, data: chart.categories, axisTick: { show: false }, axisLine: { show: false },
      axisLabel: { color: ink, interval: 0, fontSize: isNarrow ? 10 : 12, width: isNarrow ? 92 : 190, overflow: "truncate" } },
    series: [{ type: "custom", encode: { x: [1, 2], y: 0 }, data: rows, renderItem: (_, api) => {
      const [left, y] = api.coord([api.value(1), api.value(0)]), [right] = api.coord([api.value(2), api.value(0)]), stroke = { stroke: option.color[0], lineWidth: 2 };
      return { type: "group", children: [[left, y, right, y], [left, y - 5, left, y + 5], [right, y - 5, right, y + 5]]
        .map(([x1, y1, x2, y2]) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: stroke })) };
    } },
    { name: main.name, type: "scatter", symbolSize: 11, color: option.color[0], data: points(main), z: 3 },
    ...others.map((one) => ({ name: one.name, type: "scatter", symbol: "emptyCircle", symbolSize: 10, color: one.reference ? token("--cw-reference") : option.color[1], data: points(one), z: 2 }))],
  };
}

const FORMS = { map, ranking, sankey, waterfall, fan, steps, states, intervals };

// A card may grow with its neighbour; some pictures lie differently where it is narrow.
const resized = new ResizeObserver((changes) => changes.forEach(({ target }) => {
  if (target.dataset.narrow !== String(target.clientWidth < NARROW_PX)) draw(target);
  else echarts.getInstanceByDom(target)?.resize();
}));

async function draw(place) {
  const chart = { ...JSON.parse(document.getElementById(place.dataset.chart).textContent), title: place.getAttribute("aria-label") };
  place.dataset.narrow = place.clientWidth < NARROW_PX;
  const option = await (FORMS[chart.form] || timed)(chart, place);
  if (chart.form === "sankey") place.style.height = `${Math.max(300, 34 * Math.max(...[0, 1].map((end) => new Set(chart.flows.map((flow) => flow[end])).size)))}px`;
  if (chart.form === "ranking") place.style.height = `${24 + chart.categories.length * 21}px`;
  if (chart.form === "states" || chart.form === "intervals") place.style.height = `${74 + 30 * (chart.form === "states" ? chart.series : chart.categories).length}px`;
  const instance = echarts.getInstanceByDom(place) || echarts.init(place, null, { renderer: "svg" });
  instance.off("click");
  instance.on("click", ({ data }) => { if (data && data.link) location.assign(data.link); });
  instance.on("finished", () => { place.dataset.drawn = "true"; });
  instance.setOption(option, true);
  resized.observe(place);
}

const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);

drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
