// Small pieces that all views are made of: elements, figures as text, the grid of buckets.
import { t, locale } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes (functions become listeners) and children (text is never read as markup). */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

const percentFormat = new Map();

export function number(value, digits = 0) {
  if (value == null) return '–';
  const key = locale() + digits;
  if (!percentFormat.has(key)) percentFormat.set(key, new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }));
  return percentFormat.get(key).format(value);
}

export function percent(share) {
  if (share == null) return '–';
  const value = share * 100;
  return number(value, value !== 0 && Math.abs(value) < 1 ? 3 : 2) + ' %';
}

export function millis(value) {
  return value == null ? '–' : number(value, value < 10 ? 2 : value < 100 ? 1 : 0) + ' ms';
}

/** A latency's 95 % interval, under the latency; without an upper end if there were too few. */
export function range(interval) {
  if (!interval) return null;
  const { low, high } = interval;
  return h('div', { class: 'soft range' }, high == null ? t('atLeast', { low: millis(low) }) : millis(low) + ' – ' + millis(high));
}

/** A value in its metric's unit. */
export function measure(metric, value) {
  if (value == null) return '–';
  if (metric.endsWith('Rate') && metric !== 'requestRate') return percent(value);
  if (metric.startsWith('latency')) return millis(value);
  return number(value, 3) + (metric === 'requestRate' ? ' /s' : '');
}

export function time(iso) {
  return new Date(iso).toLocaleTimeString(locale());
}

export function moment(iso) {
  return new Date(iso).toLocaleString(locale());
}

/** How long ago, in the largest unit that says enough. */
export function ago(iso, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  const [unit, size] = seconds < 90 ? ['second', 1] : seconds < 5400 ? ['minute', 60] : seconds < 129600 ? ['hour', 3600] : ['day', 86400];
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'always' }).format(-Math.round(seconds / size), unit);
}

/** A stretch of time in the largest unit that is whole enough: {@code 10 mins}. */
export function span(seconds) {
  const [unit, size] = seconds < 120 ? ['second', 1] : seconds < 7200 ? ['minute', 60] : seconds < 172800 ? ['hour', 3600] : ['day', 86400];
  return new Intl.NumberFormat(locale(), { style: 'unit', unit, maximumFractionDigits: 1 }).format(seconds / size);
}

/** Wilson's 95 % interval of a share, as text. */
export function interval(hits, all) {
  if (!all) return '';
  const z = 1.96;
  const p = hits / all;
  const middle = (p + (z * z) / (2 * all)) / (1 + (z * z) / all);
  const half = (z / (1 + (z * z) / all)) * Math.sqrt((p * (1 - p)) / all + (z * z) / (4 * all * all));
  return percent(Math.max(0, middle - half)) + ' – ' + percent(Math.min(1, middle + half));
}

export function tone(word) {
  return { rolledBack: 'bad', aborted: 'bad', breach: 'bad', rollback: 'bad', abort: 'bad', progressing: 'good', promoted: 'good',
    healthy: 'good', promote: 'good', paused: 'wait', pause: 'wait', insufficient: 'still' }[word] ?? 'still';
}

/** @param text other words than the tone's own */
export function pill(word, text = t(word)) {
  return h('span', { class: 'pill ' + tone(word) }, text);
}

/** What was done, in other words than the buttons have for what one can do. */
export function action(name) {
  return t({ rollback: 'rolledBack', promote: 'promoted', abort: 'aborted', pause: 'paused', resume: 'resumedAction', ratio: 'ratioAction', release: 'releaseAction', wanted: 'wantedAction', gate: 'gateAction' }[name] ?? name);
}

/** Phase and ratio as the audit trail has them: {@code rolledBack 0}. */
export function standing(text) {
  const [phase, ratio] = text.split(' ');
  return t(phase) + (ratio == null ? '' : ` ${ratio} %`);
}

/** Since when, and how long ago: tell() keeps that true while the page is open. */
export function since(iso) {
  const [before, after] = t('since', { time: moment(iso) }).split('{ago}');
  return [before, h('span', { 'data-ago': iso }, ago(iso)), after];
}

/** Brings every "so long ago" on the page up to the server's time. */
export function tell(serverTime) {
  document.querySelectorAll('[data-ago]').forEach((element) => {
    const text = ago(element.dataset.ago, serverTime);
    if (element.textContent !== text) element.textContent = text;
  });
}

/** A share of a whole as a bar; the words beside it say the same. */
export function bar(share, kind = '') {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return h('div', { class: 'bar ' + kind, 'aria-hidden': 'true' },
    svg('svg', { viewBox: '0 0 100 10', preserveAspectRatio: 'none' }, svg('rect', { width, height: 10 })));
}

/** The hundred buckets; those below the ratio are the canary's. */
export function buckets(ratio) {
  const dots = [];
  for (let i = 0; i < 100; i++) {
    const kind = i + 1 <= ratio ? 'on' : i < ratio ? 'part' : '';
    dots.push(svg('circle', { cx: (i % 10) * 10 + 5, cy: Math.floor(i / 10) * 10 + 5, r: kind ? 4 : 2.6, class: kind }));
  }
  return svg('svg', { class: 'buckets', viewBox: '0 0 100 100', role: 'img', 'aria-label': t('bucketsLabel', { n: number(ratio, 2) }) }, dots);
}

/** Replaces what an element holds only if what it shows has changed, so that focus and selection stay. */
export function show(element, key, make) {
  const text = JSON.stringify(key);
  if (element.dataset.key === text) return;
  element.dataset.key = text;
  element.replaceChildren(...[make()].flat(Infinity).filter((part) => part != null && part !== false));
}
