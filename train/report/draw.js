'use strict';
// What drawings are made of: elements, numbers in words, axes and a chart over epochs. Text only ever becomes text.

// --- making elements ---------------------------------------------------------------------------------------------
function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value);
  node.append(...children.flat().filter(child => child !== undefined && child !== null));
  return node;
}
const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

// --- numbers for people ------------------------------------------------------------------------------------------
const whole = value => Math.round(value).toLocaleString('en-US');
// The data set of a config, or the name of the file it learns from.
function dataName(config) {
  const data = (config || {}).data || {}, source = data.source || {};
  return data.name || String(source.path || source.inputs || '').split('/').at(-1);
}
const percent = (value, digits = 2) => (100 * value).toFixed(digits) + ' %';
const short = value => value >= 1e6 ? +(value / 1e6).toPrecision(3) + ' MB' : value >= 1e3 ? +(value / 1e3).toPrecision(3) + ' kB' : value + ' B';
const figures = value => value >= 100 ? whole(value) : String(+value.toPrecision(3));
function duration(seconds) {
  if (seconds < 60) return figures(seconds) + ' s';
  const total = Math.round(seconds), two = number => String(number).padStart(2, '0');
  const hours = Math.floor(total / 3600), minutes = Math.floor(total / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(total % 60)} h` : `${minutes}:${two(total % 60)} min`;
}
const known = value => value !== undefined && value !== null;
const sum = values => values.reduce((a, b) => a + b, 0);
const counted = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`;

// --- the moment that all drawings show ---------------------------------------------------------------------------
let moment = 0, listeners = [];
function show(epoch) {
  moment = epoch;
  for (const listener of listeners) listener(epoch);
}

// --- axes --------------------------------------------------------------------------------------------------------
function linearTicks(low, high, count) {
  const rough = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(factor => factor * power >= rough * 0.999) * power;
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) ticks.push(+(i * step).toPrecision(12));
  return ticks;
}
function logTicks(low, high) {
  for (const factors of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]]) {
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power)
      for (const factor of factors) ticks.push(factor * 10 ** power);
    const inside = ticks.filter(tick => tick >= low * 0.999 && tick <= high * 1.001);
    if (inside.length >= (factors.length < 3 ? 3 : 2)) return inside;
  }
  return linearTicks(low, high, 3);
}
const scale = (low, high, from, to, log) => value =>
  from + (to - from) * (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low || 1));

// --- a chart over epochs -----------------------------------------------------------------------------------------
// series: [{name, kind: 'main' | 'side', points: [[epoch, value], ...]}]
function chart({title, series, format, tick = format, log = false, zero = false, className = ''}) {
  series = series.map(one => ({...one, points: one.points.filter(([, y]) => Number.isFinite(y) && (!log || y > 0))}))
                 .filter(one => one.points.length);
  if (!series.length) return null;
  const values = series.map(one => html('span', {class: one.kind}));
  const drawing = html('div');
  const card = html('section', {class: 'chart ' + className},
    html('header', {}, html('b', {}, title), html('div', {class: 'values'}, values)), drawing);
  const ys = series.flatMap(one => one.points.map(([, y]) => y));
  let low = zero ? 0 : Math.min(...ys), high = Math.max(...ys);
  if (log) { low /= 1.15; high *= 1.15; }
  else { const air = (high - low || Math.abs(high) || 1) * 0.06; high += air; if (!zero) low -= air; }
  const ticks = log ? logTicks(low, high) : linearTicks(low, high, 5);
  const end = Math.max(...series.map(one => one.points.at(-1)[0])), start = 0;
  const height = className === 'wide' ? 200 : 160, bottom = height - 22;
  let follow = () => {};

  card.draw = () => {
    const width = drawing.clientWidth || 300, left = 12 + 6.4 * Math.max(...ticks.map(t => tick(t).length)), right = width - 8;
    const x = scale(start, end, left, right), y = scale(low, high, bottom, 8, log);
    const root = svg('svg', {width, height, role: 'img', 'aria-label': title + ' over epochs'});
    for (const t of ticks)
      root.append(svg('line', {class: 'grid', x1: left, x2: width, y1: y(t), y2: y(t)}),
                  svg('text', {x: left - 8, y: y(t) + 4, 'text-anchor': 'end'}, tick(t)));
    for (const t of linearTicks(start, end, Math.min(6, width / 60)).filter(Number.isInteger))
      root.append(svg('text', {x: x(t), y: height - 4, 'text-anchor': 'middle'}, String(t)));
    const cursor = svg('line', {class: 'cursor', y1: 8, y2: bottom});
    root.append(cursor);
    const dots = series.map(one => {
      const line = one.points.map(([e, v]) => `${x(e).toFixed(1)},${y(v).toFixed(1)}`).join('L');
      if (series.length === 1)
        root.append(svg('path', {class: 'area', d: `M${x(one.points[0][0])},${bottom}L${line}L${x(one.points.at(-1)[0])},${bottom}Z`}));
      root.append(svg('path', {class: one.kind, d: 'M' + line}));
      return svg('circle', {class: one.kind, r: 4.5});
    });
    root.append(...dots);
    follow = epoch => {
      const at = Math.min(epoch, end);
      fill(cursor, {x1: x(at), x2: x(at)}, []);
      series.forEach((one, i) => {
        const point = one.points.findLast(([e]) => e <= at) || one.points[0];
        fill(dots[i], {cx: x(point[0]), cy: y(point[1])}, []);
        values[i].replaceChildren(...(one.name ? [html('em', {}, one.name)] : []), format(point[1]));
      });
    };
    const point = event => show(Math.round(Math.min(end, Math.max(0, start + (event.offsetX - left) / (right - left) * (end - start)))));
    root.addEventListener('pointermove', point);
    root.addEventListener('pointerdown', point);
    drawing.replaceChildren(root);
    follow(moment);
  };
  listeners.push(epoch => follow(epoch));
  return card;
}

// --- examples -----------------------------------------------------------------------------------------------------
// Numbers with their names, if they have some; of "colour=red" and its like only those that are 1.
function numbersInWords(numbers, names) {
  const most = 12, plainest = value => Number.isInteger(value) && Math.abs(value) < 1e4 ? String(value) : figures(value);
  const words = names.length === 0 ? numbers.map(plainest) : numbers.flatMap((value, i) =>
    names[i].includes('=') ? (value === 1 ? [names[i]] : []) : [`${names[i]} ${plainest(value)}`]);
  return words.slice(0, most).join('\u2003') + (words.length > most ? '\u2003\u2026' : '');
}

// A thumbnail of an input: its pixels, or its numbers.
function drawn(example, names = []) {
  if (example.text !== undefined) return html('blockquote', {}, example.text);
  if (example.numbers) return html('code', {}, numbersInWords(example.numbers, names));
  const {height, width, channels} = example, bytes = Uint8Array.from(atob(example.pixels), c => c.charCodeAt(0));
  const canvas = html('canvas', {width, height, style: `aspect-ratio: ${width} / ${height}`}), image = new ImageData(width, height);
  for (let i = 0; i < width * height; ++i)
    for (let c = 0; c < 4; ++c) image.data[4 * i + c] = c === 3 ? 255 : bytes[channels * i + (channels === 3 ? c : 0)];
  canvas.getContext('2d').putImageData(image, 0, 0);
  return canvas;
}
