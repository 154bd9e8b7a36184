// Draws every [data-chart]: its data stands in a JSON script element, its colours in the CSS tokens.
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

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
      aria: { enabled: true },
      tooltip: {
        backgroundColor: token("--cw-card"), borderColor: line, textStyle: { color: ink },
        valueFormatter: (value) => `${number(value, chart.decimals)} ${chart.unit}`,
      },
    },
  };
}

function timed(chart) {
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
    legend: { show: series.length > 1, bottom: 0, textStyle: { color: muted }, icon: "roundRect", itemWidth: 12, itemHeight: 8 },
    grid: { left: 4, right: 12, top: 16, bottom: series.length > 1 ? 34 : 8, containLabel: true },
    xAxis: { type: "category", data: chart.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: line } },
      axisLabel: { color: muted, hideOverlap: true, formatter: (name) => chart.short[name] || name } },
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
  const found = values.filter((value) => value !== null);
  return {
    ...option,
    tooltip: { ...option.tooltip, trigger: "item",
      formatter: ({ data }) => data && data.value !== null ? `${data.label}<br><b>${number(data.value, chart.decimals)}</b> ${chart.unit}` : "" },
    visualMap: { min: Math.min(...found), max: Math.max(...found), precision: chart.decimals, calculable: false,
      text: [number(Math.max(...found), chart.decimals), number(Math.min(...found), chart.decimals)],
      left: 0, bottom: 0, itemHeight: 90, itemWidth: 12, textStyle: { color: muted },
      inRange: { color: [token("--cw-map-low"), token("--cw-map-high")] } },
    series: [{ type: "map", map: "provinces", nameProperty: "id", roam: false, aspectScale: 0.82, layoutCenter: ["52%", "54%"], layoutSize: "118%",
      selectedMode: false, label: { show: false },
      itemStyle: { areaColor: token("--cw-sunken"), borderColor: token("--cw-card"), borderWidth: 0.8 },
      emphasis: { label: { show: false }, itemStyle: { areaColor: token("--cw-tone-1") } },
      data: values.map((value, index) => ({ name: chart.regions[index], value, label: chart.categories[index], link: chart.links[index] })) }],
  };
}

// A card may grow with its neighbour; the first call, at the start, is idle.
const resized = new ResizeObserver((changes) => changes.forEach(({ target }) => echarts.getInstanceByDom(target)?.resize()));

async function draw(place) {
  const chart = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const option = chart.form === "map" ? await map(chart, place) : chart.form === "ranking" ? ranking(chart) : timed(chart);
  if (chart.form === "ranking") place.style.height = `${24 + chart.categories.length * 21}px`;
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
