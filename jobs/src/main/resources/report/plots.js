'use strict';
// Error against size, large and by model: selects the points of a view and completes the options.
{
  const { data, element } = kvsweep;

  // Configurations of a model in the view, with the numbers of its error and length.
  kvsweep.points = (state, model) => {
    const metric = data.metrics[state.metric].key;
    const bits = kvsweep.bitsColumn(state.length);
    return kvsweep.cells
      .filter((c) => c.model === model && c.scope === state.scope && !state.hidden.has(kvsweep.specOf(c).family))
      .filter(() => data.metrics[state.metric].kinds.includes(data.scopes[state.scope].kind))
      .filter((c) => data.metrics[state.metric].selectors || !kvsweep.specOf(c).selector)
      .filter((c) => c[bits] !== null && c[metric + '_mean'] !== null)
      .map((c) => ({ cell: c, spec: kvsweep.specOf(c), curve: kvsweep.specOf(c).curve, bits: c[bits], error: c[metric + '_mean'], compares: c[metric + '_compares'] }))
      .sort((a, b) => a.bits - b.bits);
  };

  // Configurations over models as answers take them: the most bits on a model, the geometric mean of the models' errors.
  kvsweep.everyModel = (state) => (data.everyModel[kvsweep.place(state, data.overModels)] || []).map(([spec, bits, error]) => ({
    cell: kvsweep.cells.find((c) => c.model === data.overModels && c.scope === state.scope && c.spec === spec),
    spec: data.specs[spec], curve: data.specs[spec].curve, bits, error,
  }));

  const byCurve = (points) => {
    const curves = new Map();
    for (const p of points) curves.set(p.curve, [...(curves.get(p.curve) || []), p]);
    return [...curves.entries()].sort(([a], [b]) => a - b);
  };

  const cellTip = (state, point) => {
    const metric = data.metrics[state.metric];
    const c = point.cell;
    const side = c.total_bytes === null ? [] : ['codes', 'parameters', 'basis', 'exact', 'header']
      .map((part) => [part + ' bytes', c[part + '_bytes'] ? kvsweep.size(c[part + '_bytes']) : null]);
    return kvsweep.tip(point.spec.shortName, [
      ['effective bits', kvsweep.bits(point.bits)],
      ['nominal bits', kvsweep.number(c.nominal_bits)],
      ['compression', kvsweep.ratio(c.compression_ratio)],
      [metric.key + ', mean', kvsweep.error(point.error) + (point.error > 0 && point.error < metric.rounding ? ' (rounding alone)' : '')],
      ['geometric mean, 95 % interval', kvsweep.interval(metric.key, c)],
      ['mean of', kvsweep.samples(c)],
      ['not comparable', point.compares ? null : kvsweep.part(c, metric.key)],
      ...side,
    ], element('code', {}, point.spec.spec));
  };

  // Steps through the frontier, from the upper edge to the right one.
  const corners = (points, ends, x) => {
    const steps = [];
    let best = ends.max;
    for (const p of points) {
      const y = ends.drawn(p.error);
      steps.push([p.bits, best], [p.bits, y]);
      best = y;
    }
    if (steps.length) steps.push([x.max, best]);
    return steps;
  };

  kvsweep.frontierOf = (state, model) => new Set(data.frontier[kvsweep.place(state, model)] || []);

  // Grey where it is no match for others, hollow where the height is not the error.
  const pointColour = (p) => (p.compares ? kvsweep.colour(p.curve) : kvsweep.palette().soft);
  const pointStyle = (p, ends) => (p.compares && !ends.isRounding(p.error) ? {}
    : { itemStyle: { color: kvsweep.palette().paper, borderColor: pointColour(p), borderWidth: 1.8 } });

  // Beside a point that lacks the error in cells where others have it: in how many it has it.
  const pointNote = (state, p) => (p.compares ? {} : {
    label: { show: true, position: 'right', formatter: kvsweep.part(p.cell, data.metrics[state.metric].key), color: kvsweep.palette().soft, fontSize: 11 },
  });

  const curveSeries = (state, points, ends, small) => byCurve(points).map(([curve, on]) => ({
    type: 'line', name: data.curves[curve].shortName, z: 8, clip: false, showAllSymbol: true,
    symbol: kvsweep.shape(curve), symbolSize: small ? 6 : 9,
    itemStyle: { color: kvsweep.colour(curve) },
    lineStyle: { color: kvsweep.colour(curve), width: small ? 1 : 1.3, type: kvsweep.dash(curve) },
    emphasis: { disabled: small, focus: 'none', scale: 1.3 },
    labelLayout: { hideOverlap: true },
    data: on.map((p) => ({
      name: p.spec.spec, value: [p.bits, ends.drawn(p.error)], point: p, ...pointStyle(p, ends), ...(small ? {} : pointNote(state, p)),
    })),
  }));

  // Where theory tells of this error: of each point that has the error in all cells, its bits and the error there.
  const limits = (state, points) => {
    const column = data.metrics[state.metric].limit;
    return !column || state.length !== 0 ? []
      : points.filter((p) => p.cell[column] !== null && p.compares).map((p) => [p.bits, p.cell[column]]);
  };

  const limitLine = (state, points) => {
    const line = limits(state, points).filter(([, error]) => error >= data.metrics[state.metric].rounding);
    return line.length < 2 ? [] : line;
  };

  // Errors that an axis has room for: those measured, and of the reference what is not far from them.
  const FAR = 10;
  const errorsShown = (state, points) => {
    const errors = points.map((p) => p.error);
    const measured = errors.filter((e) => e >= data.metrics[state.metric].rounding);
    const [least, most] = [Math.min(...measured) / FAR, Math.max(...measured) * FAR];
    return [...errors, ...limitLine(state, points).map(([, error]) => error).filter((e) => e >= least && e <= most)];
  };

  const isSeen = (line, ends) => line.some(([, error], i) => (error >= ends.from && error <= ends.max)
    || (i > 0 && Math.min(error, line[i - 1][1]) < ends.from && Math.max(error, line[i - 1][1]) > ends.max));

  const limitSeries = (state, points, ends) => {
    const line = limitLine(state, points);
    return !isSeen(line, ends) ? [] : [{
      type: 'line', name: 'Gaussian reference', data: line, symbol: 'none', silent: true, z: 4, clip: true,
      lineStyle: { color: kvsweep.palette().soft, width: 1.2, type: [5, 4] },
    }];
  };

  // Over all methods, also those that a filter hides.
  const frontierSeries = (state, model, ends, x) => {
    const frontier = kvsweep.frontierOf(state, model);
    const points = kvsweep.points({ ...state, hidden: new Set() }, model);
    return {
      type: 'line', name: 'frontier', data: corners(points.filter((p) => frontier.has(p.cell.spec)), ends, x),
      symbol: 'none', silent: true, z: 3, lineStyle: { color: kvsweep.palette().step, width: 5, join: 'miter' },
    };
  };

  // Points with an interval, but for errors that are drawn on a level of their own.
  const withInterval = (state, points) => {
    const { key: metric, rounding } = data.metrics[state.metric];
    return points.filter((p) => p.error >= rounding && p.cell[metric + '_geomean_low'] !== null);
  };

  // An interval is of the geometric mean; its bar stands around the point, as factors.
  const intervals = (state, points) => {
    const metric = data.metrics[state.metric].key;
    const on = withInterval(state, points);
    const rows = on.map((p) => {
      const factor = p.error / p.cell[metric + '_geomean'];
      return [p.bits, p.cell[metric + '_geomean_low'] * factor, p.cell[metric + '_geomean_high'] * factor];
    });
    return kvsweep.bars(rows, true, (i) => pointColour(on[i]));
  };

  kvsweep.rate = (state, select) => {
    const template = data.charts.rate;
    const metric = data.metrics[state.metric];
    const points = kvsweep.points(state, state.model);
    if (!points.length || state.model === data.overModels) {
      kvsweep.empty('rate-chart', points.length ? kvsweep.say('NOT_AVERAGED') : kvsweep.whyNone(state));
      document.getElementById('rate-legend').replaceChildren();
      document.getElementById('rate-how').textContent = '';
      return;
    }
    const x = kvsweep.ends(points.map((p) => p.bits), 1.12, 4);
    const ends = kvsweep.errorEnds(errorsShown(state, points), metric.rounding);
    const palette = kvsweep.palette();
    const unit = metric.unit === '1' ? '' : ', ' + metric.unit;
    const inner = kvsweep.inner('rate-chart', template.grid);
    kvsweep.show('rate-chart', {
      ...kvsweep.base(template, (hit) => (hit.data && hit.data.point ? cellTip(state, hit.data.point) : null)),
      xAxis: kvsweep.axis(template.xAxis, x, inner.width < 420 ? 'measured bits per value' : template.xAxis.name),
      yAxis: kvsweep.axis(template.yAxis, ends, metric.title + unit),
      graphic: [
        { type: 'text', left: template.grid.left + inner.width / 2 - (inner.width < 420 ? 60 : 130), top: 6, silent: true,
          style: { text: inner.width < 420 ? 'compression factor' : template.factorName, fill: palette.ink, font: '13px system-ui, sans-serif' } },
      ],
      series: [
        kvsweep.scales(x, ends, inner, 'bits+factors'),
        frontierSeries(state, state.model, ends, x),
        ...limitSeries(state, points, ends),
        intervals(state, points),
        ...curveSeries(state, points, ends, false),
      ],
    }, (hit) => { if (hit.data && hit.data.point) select(hit.data.point.cell.spec); });
    kvsweep.rateLegend(state, points, ends);
  };

  // Methods that drop or skip tokens compare by the error of attention outputs alone.
  kvsweep.selectorNote = (state) => {
    const n = data.specs.filter((s) => s.selector).length;
    return !n || data.metrics[state.metric].selectors ? ''
      : kvsweep.say('SELECTORS_LEFT_OUT', kvsweep.count(n, 'configuration', 'configurations'));
  };

  kvsweep.rateLegend = (state, points, ends) => {
    const metric = data.metrics[state.metric];
    document.getElementById('rate-legend').replaceChildren(...byCurve(points).map(([curve]) =>
      element('li', { title: data.curves[curve].name }, kvsweep.swatch(curve), data.curves[curve].shortName +
        (data.curves[curve].shortName === 'none' ? ' (baseline)' : ''))));
    const incomplete = points.filter((p) => !p.compares);
    const geometric = (part) => points.some((p) => p.cell[metric.key + part] !== null);
    document.getElementById('rate-how').textContent = [
      'Lower left is better.',
      'Grey steps: the lowest error at or below each size, over all methods.',
      limitSeries(state, points, ends).length ? 'Dashed: a Gaussian source of the same covariance, a reference, not a floor.'
        : !metric.limit || state.length !== 0 ? 'The Gaussian reference is of nmse and logit_rms at the captured length, so there is none here.'
          : limitLine(state, points).length ? 'The Gaussian reference is not drawn: it lies far from all that was measured.'
          : limits(state, points).length ? 'The Gaussian reference is not drawn: a line takes two points with more than rounding leaves.'
            : 'The Gaussian reference was not computed for these cells.',
      withInterval(state, points).length ? 'Bars: 95 % intervals over prompts, of the geometric mean, drawn as factors around the mean.'
        : geometric('_geomean_low') ? 'No interval bars: these errors are what rounding leaves.'
          : geometric('_geomean') ? 'No interval bars: they need more than one prompt of a model.'
            : 'No interval bars: an error that is 0 has no logarithm.',
      kvsweep.selectorNote(state),
      ends.exact ? 'Error 0 (exact) lies on the lower edge.' : '',
      incomplete.length ? 'Hollow and grey: this error in fewer cells than another method has it, or of several versions, so not on the frontier: '
        + incomplete.map((p) => p.spec.shortName + ', ' + kvsweep.part(p.cell, metric.key)).join('; ') + '.' : '',
      ends.rounded ? 'Hollow: an error below ' + kvsweep.number(metric.rounding) + ', which rounding to float32 leaves, not the method.' : '',
    ].filter(Boolean).join(' ');
  };

  // Small charts, one per model, on common axes.
  const SMALL = 24;
  kvsweep.multiples = (state, choose) => {
    const box = document.getElementById('multiples');
    const models = data.models.map((_, i) => i).filter((i) => i !== data.overModels && kvsweep.points(state, i).length);
    const shown = models.slice(0, SMALL);
    const all = shown.flatMap((model) => kvsweep.points(state, model));
    Object.keys(kvsweep.charts).filter((id) => id.startsWith('small-')).forEach((id) => {
      kvsweep.charts[id].dispose();
      delete kvsweep.charts[id];
    });
    box.replaceChildren(...shown.map((model) => element('figure', {},
      element('figcaption', {}, element('button', {
        type: 'button', 'aria-pressed': String(model === state.model), onclick: () => choose(model),
      }, data.models[model])),
      element('div', { class: 'chart', id: 'small-' + model, role: 'img', 'aria-label': 'Error against bits, ' + data.models[model] }))));
    if (!all.length) {
      box.append(element('p', { class: 'none' }, kvsweep.whyNone(state)));
      return;
    }
    if (shown.length < models.length) {
      box.append(element('p', { class: 'note' }, (models.length - shown.length) + ' more models: choose them above.'));
    }
    const template = data.charts.multiple;
    const x = kvsweep.ends(all.map((p) => p.bits), 1.12, 4);
    const ends = kvsweep.errorEnds(all.map((p) => p.error), data.metrics[state.metric].rounding);
    for (const model of shown) {
      const points = kvsweep.points(state, model);
      const id = 'small-' + model;
      kvsweep.show(id, {
        ...kvsweep.base(template, (hit) => (hit.data && hit.data.point ? cellTip(state, hit.data.point) : null)),
        xAxis: kvsweep.axis(template.xAxis, x),
        yAxis: kvsweep.axis(template.yAxis, ends),
        series: [
          kvsweep.scales(x, ends, kvsweep.inner(id, template.grid), 'bits'),
          frontierSeries(state, model, ends, x),
          ...curveSeries(state, points, ends, true),
        ],
      });
    }
  };
}
