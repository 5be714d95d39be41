'use strict';
// What the charts share: colours of the page, axes with their grid, tooltips. Options come from the data.
{
  const { data, element } = kvsweep;
  kvsweep.charts = {};

  let printing = false;
  kvsweep.setPrinting = (on) => { printing = on; };
  kvsweep.isDark = () => !printing && document.documentElement.classList.contains('dark');

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  kvsweep.palette = () =>
    (printing
      ? { ink: '#000', soft: '#444', line: '#bbb', grid: '#e6e8ea', paper: '#fff', step: '#c8c8c8' }
      : { ink: css('--ink'), soft: css('--soft'), line: css('--line'), grid: css('--grid'), paper: css('--paper'),
          step: kvsweep.isDark() ? '#4a525b' : '#c8c8c8' });

  // Shows options in the element of this id; a chart is made when it is first shown.
  kvsweep.show = (id, option, onClick) => {
    const box = document.getElementById(id);
    let chart = kvsweep.charts[id];
    box.classList.remove('blank');
    if (!chart || chart.isDisposed() || chart.getDom() !== box) {
      box.replaceChildren();
      chart = echarts.init(box, null, { renderer: 'svg' });
      kvsweep.charts[id] = chart;
    }
    chart.off('click');
    if (onClick) chart.on('click', onClick);
    chart.setOption(option, true);
    return chart;
  };

  // Words in the place of a chart.
  kvsweep.empty = (id, why) => {
    const box = document.getElementById(id);
    if (kvsweep.charts[id]) kvsweep.charts[id].dispose();
    delete kvsweep.charts[id];
    box.classList.add('blank');
    box.style.height = '';
    box.replaceChildren(element('p', { class: 'none' }, why));
  };

  // Says that all cells of a model failed, or null.
  kvsweep.allFailed = (state, model) => {
    const run = kvsweep.cells.filter((c) => c.model === model && c.scope === state.scope);
    if (run.some((c) => c.failed < c.n)) return null;
    const n = run.reduce((sum, c) => sum + c.n, 0);
    return n === 0 ? null : n === 1 ? kvsweep.say('ONE_FAILED') : kvsweep.say('ALL_FAILED', kvsweep.count(n, 'cell', 'cells'));
  };
  kvsweep.toMissing = (text) => element('a', { href: '#missing' }, text);

  // Why a view of a model has no point.
  kvsweep.whyNone = (state) => {
    const metric = data.metrics[state.metric];
    const run = kvsweep.cells.filter((c) => c.model === state.model && c.scope === state.scope);
    if (!run.length) return kvsweep.say('NOTHING_RUN', data.models[state.model], data.scopes[state.scope].noun);
    const failed = kvsweep.allFailed(state, state.model);
    if (failed) return kvsweep.toMissing(failed);
    const has = run.filter((c) => c[metric.key + '_mean'] !== null);
    if (!has.length) return kvsweep.say('NO_SUCH_ERROR', metric.title);
    if (!metric.kinds.includes(data.scopes[state.scope].kind)) return kvsweep.say('KEYS_ALONE', metric.title);
    if (!metric.selectors && has.every((c) => kvsweep.specOf(c).selector)) return kvsweep.selectorNote(state);
    return 'All methods of this view are hidden: their buttons are above.';
  };

  // Ends of a logarithmic axis around values, as the pictures without scripts have them.
  kvsweep.ends = (values, space, span) => {
    const least = Math.min(...values);
    const most = Math.max(...values);
    const widen = Math.max(space, Math.sqrt((span * least) / most));
    return { min: least / widen, max: most * widen };
  };

  // Room for errors. Below those measured, each on a level of its own: errors that only rounding leaves, and an error of 0,
  // which has no logarithm. As ErrorAxis of the pictures without scripts.
  const LEVEL = 0.08;
  kvsweep.errorEnds = (errors, rounding) => {
    const measured = errors.filter((e) => e >= rounding);
    const ends = measured.length ? kvsweep.ends(measured, 1.5, 10) : { min: 0.01, max: 1 };
    const step = Math.pow(ends.max / ends.min, LEVEL);
    const exact = errors.some((e) => e === 0);
    const rounded = errors.some((e) => e > 0 && e < rounding);
    const level = rounded ? ends.min / step : ends.min;
    const min = exact ? level / step : level;
    const levels = [...(rounded ? [{ at: level, label: '< ' + kvsweep.number(rounding) }] : []), ...(exact ? [{ at: min, label: '0' }] : [])];
    const isRounding = (e) => e > 0 && e < rounding;
    return {
      min, max: ends.max, from: ends.min, exact, rounded, levels, isRounding,
      drawn: (e) => (e === 0 ? min : isRounding(e) ? level : e),
    };
  };

  const decimals = (ends) => {
    const decades = Math.log10(ends.max / ends.min);
    const factors = decades < 3.2 ? [1, 2, 5] : [1];
    const step = Math.ceil(decades / 8);
    const ticks = [];
    for (let power = Math.floor(Math.log10(ends.min)); power <= Math.ceil(Math.log10(ends.max)); power += step) {
      for (const factor of factors) {
        const tick = Number(factor + 'e' + power);
        if (tick >= ends.min && tick <= ends.max) ticks.push(tick);
      }
    }
    return ticks;
  };

  // Of rising ticks those whose labels do not touch on so many pixels.
  const spaced = (ticks, ends, pixels, room) => {
    let free = -Infinity;
    return ticks.filter((tick) => {
      const at = (Math.log(tick / ends.min) / Math.log(ends.max / ends.min)) * pixels;
      if (tick < ends.min || tick > ends.max || at - room(tick) / 2 < free) return false;
      free = at + room(tick) / 2;
      return true;
    });
  };
  const wide = (tick) => 12 + 6.5 * kvsweep.number(tick).length;

  // Grid lines with numbers: a series without points, whose lines no tooltip and no filter touches.
  kvsweep.scales = (x, y, box, kind) => {
    const palette = kvsweep.palette();
    const line = (axis, value, position, label, width) => ({
      [axis]: value,
      lineStyle: { color: palette.grid, type: 'solid', width },
      label: { position, distance: axis === 'xAxis' ? 11 : 8, formatter: label, fontSize: 11.5, color: palette.soft },
    });
    const lines = [];
    const bits = kind !== 'decimal';
    for (const tick of spaced(bits ? data.charts.ticks.bits : decimals(x), x, box.width, wide)) {
      lines.push(line('xAxis', tick, 'start', kvsweep.number(tick), 1));
    }
    if (kind === 'bits+factors') {
      const factors = data.charts.ticks.factors.map((factor) => 16 / factor).reverse();
      for (const tick of spaced(factors, x, box.width, () => 36)) {
        lines.push(line('xAxis', tick, 'end', kvsweep.number(16 / tick) + '\u00d7', 0));
      }
    }
    for (const tick of y ? spaced(decimals(y), y, box.height, () => 16) : []) {
      if (!y.levels || tick >= y.from) lines.push(line('yAxis', tick, 'start', kvsweep.number(tick), 1));
    }
    // A hair above the edge, which rounding may put outside.
    for (const level of (y && y.levels) || []) lines.push(line('yAxis', level.at * 1.000001, 'start', level.label, 0));
    return {
      type: 'line', name: 'scales', data: [], silent: true,
      markLine: { silent: true, symbol: 'none', animation: false, z: 0, precision: 20, data: lines },
    };
  };

  kvsweep.axis = (axis, ends, name) => {
    const palette = kvsweep.palette();
    return {
      ...axis, ...(ends ? { min: ends.min, max: ends.max } : {}),
      name: name === undefined ? axis.name : name,
      nameTextStyle: { color: palette.ink, fontSize: 13 },
      axisLine: { ...(axis.axisLine || {}), lineStyle: { color: palette.line } },
    };
  };

  // Pixels of the plot within a chart's box.
  kvsweep.inner = (id, grid) => {
    const box = document.getElementById(id);
    box.classList.remove('blank');
    return { width: box.clientWidth - grid.left - grid.right, height: box.clientHeight - grid.top - grid.bottom };
  };

  // The button that saves a chart, where it has one; paper has no buttons.
  const toolbox = (box, palette) => ({
    ...box, show: !printing,
    iconStyle: { borderColor: palette.soft, borderWidth: 1.4 },
    emphasis: { iconStyle: { borderColor: palette.ink, textFill: palette.ink, textBackgroundColor: palette.paper, textPadding: 3 } },
  });

  // The same text style everywhere, and a tooltip of elements, so that no name is read as markup.
  kvsweep.base = (template, content) => {
    const palette = kvsweep.palette();
    return {
      ...template,
      textStyle: { fontFamily: 'system-ui, sans-serif', color: palette.ink },
      tooltip: {
        ...template.tooltip,
        backgroundColor: palette.paper,
        borderColor: palette.line,
        textStyle: { color: palette.ink },
        formatter: (hit) => content(hit) || '',
      },
      // A saved chart has the paper that its colours are for.
      ...(template.toolbox ? { toolbox: toolbox(template.toolbox, palette), backgroundColor: palette.paper } : {}),
    };
  };

  kvsweep.tip = (title, pairs, below) =>
    element('div', { class: 'tip' }, element('b', {}, title),
      element('table', {}, element('tbody', {}, pairs.filter(([, value]) => value !== null).map(([name, value]) =>
        element('tr', {}, element('td', {}, name), element('td', { class: 'n' }, value))))),
      below || null);

  // Bars of intervals, upright or flat: values are [position, low, high] on the axes of the chart.
  kvsweep.bars = (rows, upright, colour) => ({
    type: 'custom', name: 'intervals', silent: true, z: 6, clip: true, data: rows,
    renderItem: (params, api) => {
      const at = (end) => (upright ? api.coord([api.value(0), api.value(end)]) : api.coord([api.value(end), api.value(0)]));
      const [low, high] = [at(1), at(2)];
      const cap = 4;
      const stroke = { stroke: colour(params.dataIndex), lineWidth: 1.4, fill: null };
      const lineOf = (x1, y1, x2, y2) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style: stroke });
      const ends = [low, high].map(([x, y]) => (upright ? lineOf(x - cap, y, x + cap, y) : lineOf(x, y - cap, x, y + cap)));
      return { type: 'group', children: [lineOf(...low, ...high), ...ends] };
    },
  });
}
