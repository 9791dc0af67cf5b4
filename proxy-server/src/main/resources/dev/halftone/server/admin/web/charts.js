// The last ten minutes of a route, old against new, by uPlot.
/* global uPlot */
import { t, locale } from './words.js';
import { number } from './parts.js';

const SAMPLES = 600;
const LEAST = 60;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Without the time before the first figure, so that a release's first minutes are not a line at the edge. */
function sinceFirst(columns) {
  const [times, ...figures] = columns;
  const first = times.findIndex((_, i) => figures.some((column) => column[i] != null));
  const from = first < 0 ? 0 : Math.max(0, Math.min(first, times.length - LEAST));
  return columns.map((column) => column.slice(from));
}

/** One chart of stable and canary. */
class Chart {
  constructor(box, { pick, scale, unit }) {
    Object.assign(this, { box, pick, scale, unit });
    this.make();
  }

  make() {
    this.plot?.destroy();
    const axis = { stroke: color('--soft'), grid: { stroke: color('--line'), width: 1 }, ticks: { stroke: color('--line'), width: 1 }, font: '12px system-ui' };
    this.plot = new uPlot({
      width: Math.max(220, this.box.clientWidth), height: 190, legend: { show: false }, cursor: { show: true, points: { show: false } },
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.1 : 1] } },
      axes: [{ ...axis, values: (_, marks) => marks.map((mark) => new Date(mark * 1000).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit' })), space: 90 },
        { ...axis, size: 62, values: (_, marks) => marks.map((mark) => number(mark, 3) + this.unit) }],
      series: [{}, { label: t('stable'), stroke: color('--stable'), width: 1.6, dash: [5, 4], points: { show: false } },
        { label: t('canary'), stroke: color('--canary'), width: 2, points: { show: false } }],
    }, this.data ?? [[], [], []], this.box);
  }

  draw(times, stable, canary) {
    const of = (values) => values[this.pick].map((value) => (value == null ? null : value * this.scale));
    this.data = sinceFirst([times, of(stable), of(canary)]);
    this.plot.setData(this.data);
    const last = (values) => number(values[values.length - 1], 3) + (values[values.length - 1] == null ? '' : this.unit);
    this.box.setAttribute('aria-label', `${t('stable')} ${last(this.data[1])}, ${t('canary')} ${last(this.data[2])}`);
  }
}

/** All charts of one route; begins with what the server remembers and goes on with what the stream says. */
export class Charts {
  constructor(boxes) {
    this.charts = [
      new Chart(boxes.errors, { pick: 'errorRate', scale: 100, unit: ' %' }),
      new Chart(boxes.latency, { pick: 'p99', scale: 1, unit: ' ms' }),
      new Chart(boxes.requests, { pick: 'requests', scale: 1, unit: '' }),
    ];
    this.times = [];
    this.resize = new ResizeObserver(() => this.charts.forEach((chart) => chart.plot.setSize({ width: Math.max(220, chart.box.clientWidth), height: 190 })));
    Object.values(boxes).forEach((box) => this.resize.observe(box));
  }

  begin(series) {
    const end = Math.round((series.end ? Date.parse(series.end) : Date.now()) / 1000);
    this.times = Array.from({ length: SAMPLES }, (_, i) => end - SAMPLES + 1 + i);
    this.stable = series.stable;
    this.canary = series.canary;
    this.draw();
  }

  add(serverTime, route) {
    const second = Math.round(serverTime / 1000);
    if (!this.stable || second <= this.times[this.times.length - 1]) return;
    this.times.push(second);
    for (const [columns, now] of [[this.stable, route.stable], [this.canary, route.canary]]) {
      columns.requests.push(now ? now.requests : null);
      columns.errorRate.push(now ? now.errorRate : null);
      columns.p50.push(now ? now.latencyMs.p50 : null);
      columns.p99.push(now ? now.latencyMs.p99 : null);
    }
    while (this.times.length > SAMPLES) {
      this.times.shift();
      for (const columns of [this.stable, this.canary]) Object.values(columns).forEach((column) => column.shift());
    }
    this.draw();
  }

  draw() {
    this.charts.forEach((chart) => chart.draw(this.times, this.stable, this.canary));
  }

  /** Colours of the theme in force now. */
  repaint() {
    this.charts.forEach((chart) => chart.make());
    if (this.stable) this.draw();
  }

  close() {
    this.resize.disconnect();
    this.charts.forEach((chart) => chart.plot.destroy());
  }
}
