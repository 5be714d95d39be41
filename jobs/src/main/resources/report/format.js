'use strict';
// How numbers and names are written; the same as in the tables that the page has without scripts.
const kvsweep = { data: JSON.parse(document.getElementById('data').textContent) };
{
  const NONE = '\u2013';

  // An error: three digits, also where the last is 0.
  kvsweep.error = (x) => {
    if (x === null || x === undefined) return NONE;
    if (x === 0) return '0';
    const size = Math.abs(x);
    if (size >= 1e-4 && size < 1000) return x.toPrecision(3);
    if (size >= 1000 && size < 1e6) return String(Number(x.toPrecision(3)));
    const [mantissa, power] = x.toExponential(2).split('e');
    return mantissa + 'e' + Number(power);
  };

  // A short number, such as of an axis: three digits at most.
  kvsweep.number = (x) => {
    if (x === null || x === undefined) return NONE;
    if (x === 0) return '0';
    const size = Math.abs(x);
    if (size >= 1e-4 && size < 1e6) return String(Number(x.toPrecision(3)));
    const [mantissa, power] = x.toExponential(2).split('e');
    return Number(mantissa) + 'e' + Number(power);
  };

  kvsweep.bits = (x) => (x === null || x === undefined ? NONE : x.toFixed(2));

  kvsweep.ratio = (x) => (x === null || x === undefined ? NONE : x.toFixed(2) + '\u00d7');

  kvsweep.count = (n, one, several) => n.toLocaleString('en-US') + ' ' + (n === 1 ? one : several);

  // A phrase that the tables without scripts have too, its holes filled.
  kvsweep.say = (name, ...values) => {
    let i = 0;
    return kvsweep.data.phrases[name].replace(/\{\}/g, () => values[i++]);
  };

  kvsweep.size = (bytes) => {
    if (bytes === null || bytes === undefined) return NONE;
    if (bytes < 1000) return bytes + ' B';
    if (bytes < 1e6) return (bytes / 1000).toPrecision(3) + ' kB';
    if (bytes < 1e9) return (bytes / 1e6).toPrecision(3) + ' MB';
    return (bytes / 1e9).toPrecision(3) + ' GB';
  };

  // An element; children are elements or text, never markup.
  const element = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? '' : value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return made;
  };

  kvsweep.element = element;

  // A name of a method that may break between its parameters.
  kvsweep.breakable = (name) => element('span', {}, name.split(/(?<=[(,|_])/).flatMap((part, i) => (i ? [element('wbr'), part] : [part])));

  // Colour tells the family, and where a family is shown alone the curve; shape and dash always tell the curve.
  const style = (curve) => {
    const { families, curves, styles } = kvsweep.data;
    const shown = families.filter((f) => f !== styles.baseline && !kvsweep.state().hidden.has(f));
    const alone = shown.length === 1 && shown[0] === curves[curve].family;
    return (alone ? styles.alone : styles.amongOthers)[curve];
  };
  kvsweep.colours = () => kvsweep.data.charts.style[kvsweep.isDark() ? 'dark' : 'light'];
  kvsweep.colour = (curve) => kvsweep.colours()[style(curve).colour];
  kvsweep.shape = (curve) => style(curve).shape;
  kvsweep.dash = (curve) => { const { dash } = style(curve); return dash.length ? dash : 'solid'; };

  const PATHS = {
    circle: 'M5 .5A4.5 4.5 0 1 1 5 9.5A4.5 4.5 0 1 1 5 .5Z',
    rect: 'M1 1H9V9H1Z',
    triangle: 'M5 .5L9.7 9H.3Z',
    diamond: 'M5 0L10 5L5 10L0 5Z',
  };

  const drawing = (tag, attributes, ...children) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  // A small picture within text. Drawn, because paper has no backgrounds.
  const picture = (width, height, ...children) => drawing('svg',
    { viewBox: `0 0 ${width} ${height}`, width: 1.1 * width, height: 1.1 * height, class: 'swatch', 'aria-hidden': 'true' }, ...children);

  const WIDTH = 28;
  const stroke = (colour, width, dash) => drawing('path',
    { d: `M0 5H${WIDTH}`, stroke: colour, 'stroke-width': width, fill: 'none', 'stroke-dasharray': dash.join(' ') || 'none' });

  // Line and point of a curve, as charts draw them.
  kvsweep.swatch = (curve) => {
    const { shape, dash } = style(curve);
    const path = { d: PATHS[shape] || shape.replace('path://', ''), fill: kvsweep.colour(curve), transform: `translate(${WIDTH / 2 - 5})` };
    return picture(WIDTH, 10, stroke(kvsweep.colour(curve), 1.3, dash), drawing('path', path));
  };

  kvsweep.lineSwatch = (colour) => picture(16, 10, stroke(colour, 3, []));
  kvsweep.boxSwatch = (colour) => picture(10, 10, drawing('path', { d: 'M0 0H10V10H0Z', fill: colour }));

  // Shares of a whole, each with a colour, as one bar.
  kvsweep.bar = (shares) => {
    let from = 0;
    const svg = drawing('svg', { viewBox: '0 0 100 1', preserveAspectRatio: 'none', class: 'bytes', 'aria-hidden': 'true' });
    for (const [share, colour] of shares) {
      svg.append(drawing('rect', { x: 100 * from, width: 100 * share, height: 1, fill: colour }));
      from += share;
    }
    return svg;
  };

  // Rows of the data as objects, once.
  kvsweep.cells = kvsweep.data.cells.rows.map((row) => {
    const cell = {};
    kvsweep.data.cells.columns.forEach((column, i) => { cell[column] = row[i]; });
    return cell;
  });
  // Of the cells that another method has, how many have an error.
  kvsweep.part = (cell, metric) => cell[metric + '_n'] + ' of ' + kvsweep.count(cell.n_units, 'cell', 'cells')
    + (cell.n_versions > 1 ? ', of ' + cell.n_versions + ' versions' : '');
  // The geometric mean of an error with its interval, which need not hold the mean; or why there is none.
  kvsweep.interval = (metric, cell) => {
    const [low, high] = [cell[metric + '_geomean_low'], cell[metric + '_geomean_high']];
    const middle = cell[metric + '_geomean'];
    if (low !== null) return kvsweep.say('WITH_INTERVAL', kvsweep.error(middle), kvsweep.error(low), kvsweep.error(high));
    if (cell[metric + '_mean'] === null) return NONE + ' ' + kvsweep.say('NOT_MEASURED');
    return middle === null ? kvsweep.say('NO_LOGARITHM') : kvsweep.error(middle) + ' ' + kvsweep.say('ONE_PROMPT');
  };
  // What the means of a line are of.
  kvsweep.samples = (cell) => 'n ' + (cell.failed ? (cell.n - cell.failed) + ' of ' : '') + kvsweep.count(cell.n, 'cell', 'cells') +
    ', ' + kvsweep.count(cell.n_prompts, 'prompt', 'prompts');
  kvsweep.specOf = (cell) => kvsweep.data.specs[cell.spec];
  kvsweep.bitsColumn = (length) => (length === 0 ? 'effective_bits' : 'effective_bits_' + kvsweep.data.lengths[length]);
  kvsweep.place = (state, model) =>
    [model, state.scope, kvsweep.data.metrics[state.metric].key, kvsweep.data.lengths[state.length]].join('/');
  kvsweep.viewName = (state) => kvsweep.data.models[state.model] + ', ' + kvsweep.data.scopes[state.scope].noun;
  kvsweep.lengthName = (length) =>
    (length === 0 ? 'the captured prompt length' : kvsweep.data.lengths[length] + ' tokens');
  kvsweep.command = (cell) =>
    [kvsweep.data.cells.starts[cell.start], kvsweep.data.cells.methods[cell.spec], kvsweep.data.cells.places[cell.place]].join(' ');
}
