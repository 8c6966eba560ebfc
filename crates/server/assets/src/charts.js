// Draws the charts of a page from their tables, which stay beneath with the numbers.
import { init, use } from "echarts/core";
import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, GridComponent, LegendComponent, SVGRenderer]);

// More lines than these are read in the table.
const LINES = 15;
const GREY = "#7d8a84";

function read(table) {
  const count = Number(table.dataset.chart);
  const heads = [...table.tHead.querySelectorAll("th")].slice(1, count + 1);
  const rows = [...table.tBodies[0].rows].filter((row) => row.querySelector("[data-value]"));
  return {
    names: heads.map((head) => head.textContent.trim()),
    lines: rows.slice(0, LINES).map((row) => ({
      name: row.querySelector("th").textContent.trim(),
      values: [...row.querySelectorAll("[data-value]")].map((cell) => ({
        value: Number(cell.dataset.value),
        text: cell.textContent.trim(),
      })),
    })),
  };
}

function drawn(table) {
  const { names, lines } = read(table);
  if (lines.length === 0) return;
  const root = getComputedStyle(document.documentElement);
  const size = Math.round(parseFloat(root.fontSize) * 0.875);
  const colour = (name) => root.getPropertyValue(name).trim();
  const place = document.createElement("div");
  place.className = "drawn";
  place.setAttribute("aria-hidden", "true");
  place.style.height = `${lines.length * (names.length * size * 1.4 + size) + size * 4}px`;
  table.before(place);
  table.closest(".chart").classList.add("is-drawn");
  const chart = init(place, null, { renderer: "svg" });
  const text = { fontSize: size, color: colour("--ink"), fontFamily: getComputedStyle(place).fontFamily };
  chart.setOption({
    animation: false,
    color: names.length > 1 ? [GREY, colour("--brand")] : [colour("--brand")],
    textStyle: text,
    grid: {
      left: 8,
      right: size * 6,
      top: names.length > 1 ? size * 2.5 : 8,
      bottom: 8,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    legend: names.length > 1
      ? { data: names, left: 8, top: 4, itemWidth: size, itemHeight: size * 0.75, itemGap: size * 1.5, selectedMode: false, textStyle: text }
      : undefined,
    xAxis: { type: "value", show: false },
    yAxis: {
      type: "category",
      inverse: true,
      data: lines.map((line) => line.name),
      axisTick: { show: false },
      axisLabel: { ...text, width: Math.min(place.clientWidth * 0.35, 260), overflow: "break" },
    },
    series: names.map((name, at) => ({
      name,
      type: "bar",
      silent: true,
      barMaxWidth: size * 1.3,
      data: lines.map((line) => line.values[at].value),
      label: { show: true, position: "right", ...text, formatter: (bar) => lines[bar.dataIndex].values[at].text },
    })),
  });
  new ResizeObserver(() => chart.resize()).observe(place);
}

document.querySelectorAll("table[data-chart]").forEach(drawn);
