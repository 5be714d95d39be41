'use strict';
// The charts of the page: each selects the points of a view and completes its options.
{
  const { data, element } = kvsweep;
  const VIRIDIS = data.charts.heat.visualMap.inRange.color;

  // Configurations of a model in the view, with the numbers of its error and length.
  kvsweep.points = (state, model) => {
    const metric = data.metrics[state.metric].key;
    const bits = kvsweep.bitsColumn(state.length);
    return kvsweep.cells
      .filter((c) => c.model === model && c.scope === state.scope && !state.hidden.has(kvsweep.specOf(c).family))
      .filter((c) => data.metrics[state.metric].selectors || !kvsweep.specOf(c).selector)
      .filter((c) => c[bits] !== null && c[metric + '_mean'] !== null)
      .map((c) => ({ cell: c, spec: kvsweep.specOf(c), curve: kvsweep.specOf(c).curve, bits: c[bits], error: c[metric + '_mean'] }))
      .sort((a, b) => a.bits - b.bits);
  };

  const byCurve = (points) => {
    const curves = new Map();
    for (const p of points) curves.set(p.curve, [...(curves.get(p.curve) || []), p]);
    return [...curves.entries()].sort(([a], [b]) => a - b);
  };

  const cellTip = (state, point) => {
    const metric = data.metrics[state.metric];
    const c = point.cell;
    const low = c[metric.key + '_geomean_low'];
    const side = c.total_bytes === null ? [] : ['codes', 'parameters', 'basis', 'exact', 'header']
      .map((part) => [part + ' bytes', c[part + '_bytes'] ? kvsweep.size(c[part + '_bytes']) : null]);
    return kvsweep.tip(point.spec.shortName, [
      ['effective bits', kvsweep.bits(point.bits)],
      ['nominal bits', kvsweep.number(c.nominal_bits)],
      ['compression', kvsweep.ratio(c.compression_ratio)],
      [metric.key + ', mean', kvsweep.error(point.error)],
      ['geometric mean', kvsweep.error(c[metric.key + '_geomean'])],
      ['95 % interval', low === null ? (c.n_prompts > 1 ? '\u2013' : '\u2013 one prompt')
        : kvsweep.error(low) + ' to ' + kvsweep.error(c[metric.key + '_geomean_high'])],
      ['prompts \u00d7 layers', c.n_prompts + ' \u00d7 ' + c.n_layers],
      ...side,
    ], element('code', {}, point.spec.spec));
  };

  // Steps through the frontier, from the upper edge to the right one.
  const corners = (points, ends, x) => {
    const steps = [];
    let best = ends.max;
    for (const p of points) {
      const y = p.error === 0 ? ends.min : p.error;
      steps.push([p.bits, best], [p.bits, y]);
      best = y;
    }
    if (steps.length) steps.push([x.max, best]);
    return steps;
  };

  kvsweep.frontierOf = (state, model) => new Set(data.frontier[kvsweep.place(state, model)] || []);

  const curveSeries = (state, points, ends, small) => byCurve(points).map(([curve, on]) => ({
    type: 'line', name: data.curves[curve].shortName, z: 8, clip: false, showAllSymbol: true,
    symbol: kvsweep.shape(curve), symbolSize: small ? 6 : 9,
    itemStyle: { color: kvsweep.colour(curve) },
    lineStyle: { color: kvsweep.colour(curve), width: small ? 1 : 1.3, type: kvsweep.dash(curve) },
    emphasis: { disabled: small, focus: 'none', scale: 1.3 },
    data: on.map((p) => ({ name: p.spec.spec, value: [p.bits, p.error === 0 ? ends.min : p.error], point: p })),
  }));

  const limitSeries = (state, points) => {
    const column = data.metrics[state.metric].limit;
    if (!column || state.length !== 0) return [];
    const line = points.filter((p) => p.cell[column] > 0).map((p) => [p.bits, p.cell[column]]);
    return line.length < 2 ? [] : [{
      type: 'line', name: 'Gaussian reference', data: line, symbol: 'none', silent: true, z: 4, clip: true,
      lineStyle: { color: kvsweep.palette().soft, width: 1.2, type: [5, 4] },
    }];
  };

  const frontierSeries = (state, model, points, ends, x) => {
    const frontier = kvsweep.frontierOf(state, model);
    return {
      type: 'line', name: 'frontier', data: corners(points.filter((p) => frontier.has(p.cell.spec)), ends, x),
      symbol: 'none', silent: true, z: 3, lineStyle: { color: kvsweep.palette().step, width: 5, join: 'miter' },
    };
  };

  // An interval is of the geometric mean; its bar stands around the point, as factors.
  const intervals = (state, points) => {
    const metric = data.metrics[state.metric].key;
    const on = points.filter((p) => p.error > 0 && p.cell[metric + '_geomean_low'] !== null);
    const rows = on.map((p) => {
      const factor = p.error / p.cell[metric + '_geomean'];
      return [p.bits, p.cell[metric + '_geomean_low'] * factor, p.cell[metric + '_geomean_high'] * factor];
    });
    return kvsweep.bars(rows, true, (i) => kvsweep.colour(on[i].curve));
  };

  kvsweep.rate = (state, select) => {
    const template = data.charts.rate;
    const metric = data.metrics[state.metric];
    const points = kvsweep.points(state, state.model);
    if (!points.length) {
      kvsweep.empty('rate-chart', 'Nothing of this view was measured.');
      return;
    }
    const x = kvsweep.ends(points.map((p) => p.bits), 1.12, 4);
    const ends = kvsweep.errorEnds(points.map((p) => p.error));
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
        frontierSeries(state, state.model, points, ends, x),
        ...limitSeries(state, points),
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
      : kvsweep.count(n, 'method', 'methods') + ' with a token selector left out: this error is of the tokens that stay; choose attention output error to compare them.';
  };

  kvsweep.rateLegend = (state, points, ends) => {
    const metric = data.metrics[state.metric];
    document.getElementById('rate-legend').replaceChildren(...byCurve(points).map(([curve]) =>
      element('li', { title: data.curves[curve].name }, kvsweep.swatch(curve), data.curves[curve].shortName +
        (data.curves[curve].shortName === 'none' ? ' (baseline)' : ''))));
    const drawn = limitSeries(state, points).length > 0;
    const reference = drawn ? 'Dashed: a Gaussian source of the same covariance, a reference, not a floor.'
      : metric.limit && state.length === 0 ? 'The Gaussian reference was not computed for these cells.'
        : 'The Gaussian reference is of nmse and logit_rms at the captured length, so there is none here.';
    const barred = points.some((p) => p.cell[metric.key + '_geomean_low'] !== null);
    document.getElementById('rate-how').textContent = [
      (metric.better === 'lower' ? 'Lower left' : 'Upper left') + ' is better.',
      'Grey steps: the lowest error at or below each size, over all methods.',
      reference,
      barred ? 'Bars: 95 % intervals over prompts, of the geometric mean, drawn as factors around the mean.'
        : 'No interval bars: they need more than one prompt of a model.',
      kvsweep.selectorNote(state),
      ends.exact ? 'Error 0 (exact) lies on the lower edge.' : '',
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
      box.append(element('p', { class: 'none' }, 'Nothing of this view was measured.'));
      return;
    }
    if (shown.length < models.length) {
      box.append(element('p', { class: 'note' }, (models.length - shown.length) + ' more models: choose them above.'));
    }
    const template = data.charts.multiple;
    const x = kvsweep.ends(all.map((p) => p.bits), 1.12, 4);
    const ends = kvsweep.errorEnds(all.map((p) => p.error));
    for (const model of shown) {
      const points = kvsweep.points(state, model);
      const id = 'small-' + model;
      kvsweep.show(id, {
        ...kvsweep.base(template, (hit) => (hit.data && hit.data.point ? cellTip(state, hit.data.point) : null)),
        xAxis: kvsweep.axis(template.xAxis, x),
        yAxis: kvsweep.axis(template.yAxis, ends),
        series: [
          kvsweep.scales(x, ends, kvsweep.inner(id, template.grid), 'bits'),
          frontierSeries(state, model, points, ends, x),
          ...curveSeries(state, points, ends, true),
        ],
      });
    }
  };

  // Errors per layer and head, colour by the logarithm.
  kvsweep.heat = (state) => {
    const template = data.charts.heat;
    const wanted = data.metrics[state.metric];
    const metric = wanted.head >= 0 ? wanted : data.metrics[0];
    const group = data.heads.find((h) => h.model === state.model && h.scope === state.scope && h.spec === state.method);
    const how = document.getElementById('heat-how');
    const cells = (group ? group.cells : []).filter((c) => c[3 + metric.head] > 0);
    how.textContent = '';
    if (!cells.length) {
      kvsweep.empty('heat-chart', group ? 'No error above 0.' : state.model === data.overModels
        ? 'Choose one model: heads of different models are not the same.' : 'No errors per head on this page for this view.');
      return;
    }
    const layers = [...new Set(cells.map((c) => c[0]))].sort((a, b) => a - b);
    const heads = [...new Set(cells.map((c) => c[1]))].sort((a, b) => a - b);
    const logs = cells.map((c) => Math.log10(c[3 + metric.head]));
    const palette = kvsweep.palette();
    const box = document.getElementById('heat-chart');
    box.style.height = Math.max(220, 130 + 30 * layers.length) + 'px';
    const labelled = layers.length * heads.length <= 120;
    const spread = Math.max(...logs) - Math.min(...logs);
    const middle = (Math.max(...logs) + Math.min(...logs)) / 2;
    const half = Math.max(spread / 2, 0.05);
    const chart = kvsweep.show('heat-chart', {
      ...kvsweep.base(template, (hit) => kvsweep.tip('layer ' + layers[hit.value[1]] + ', head ' + heads[hit.value[0]],
        [[metric.key, kvsweep.error(hit.value[3])], ['prompts', String(hit.value[4])]])),
      xAxis: { ...kvsweep.axis(template.xAxis), data: heads.map(String), axisLabel: { color: palette.soft } },
      yAxis: { ...kvsweep.axis(template.yAxis), data: layers.map(String), inverse: true, axisLabel: { color: palette.soft } },
      visualMap: {
        ...template.visualMap, min: middle - half, max: middle + half, dimension: 2, textStyle: { color: palette.soft },
        formatter: (log) => kvsweep.number(Math.pow(10, log)),
      },
      series: [{
        type: 'heatmap', name: metric.key,
        data: cells.map((c, i) => ({
          value: [heads.indexOf(c[1]), layers.indexOf(c[0]), logs[i], c[3 + metric.head], c[2]],
          label: { color: (logs[i] - middle + half) / (2 * half) > 0.55 ? '#111' : '#fff' },
        })),
        label: {
          show: labelled, fontSize: 11, formatter: (hit) => kvsweep.error(hit.value[3]),
        },
        itemStyle: { borderColor: palette.paper, borderWidth: 1 },
      }],
    });
    chart.resize();
    how.textContent = [data.specs[state.method].spec + ': ' + metric.title + ', colour by its logarithm.',
      wanted.head < 0 ? wanted.key + ' is not held per head.' : ''].join(' ');
  };

  const between = (share) => {
    const at = share * (VIRIDIS.length - 2);
    const [low, t] = [Math.floor(at), at - Math.floor(at)];
    const part = (hex, i) => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
    const high = VIRIDIS[Math.min(low + 1, VIRIDIS.length - 1)];
    return 'rgb(' + [0, 1, 2].map((i) => Math.round(part(VIRIDIS[low], i) * (1 - t) + part(high, i) * t)).join(',') + ')';
  };

  kvsweep.spectraOf = (state) => data.spectra.filter((s) =>
    (state.model === data.overModels || s.model === state.model)
    && (data.scopes[state.scope].kind === 'both' || s.kind === data.scopes[state.scope].kind));

  kvsweep.spectra = (state) => {
    const template = data.charts.spectra;
    const lines = state.model === data.overModels ? [] : kvsweep.spectraOf(state);
    const legend = document.getElementById('spectra-legend');
    legend.replaceChildren();
    if (!lines.length) {
      kvsweep.empty('spectra-chart', state.model === data.overModels ? 'Choose one model.' : 'No spectra of this view; svdq writes them.');
      return;
    }
    const values = lines.flatMap((s) => s.values.map((v) => v[1])).filter((v) => v > 0);
    const x = { min: 1, max: Math.max(2, ...lines.map((s) => s.channels)) };
    const most = Math.max(...values);
    const ends = { min: Math.max(Math.min(...values), most * 1e-6) / 1.3, max: most * 1.3 };
    const colours = lines.map((_, i) => between(lines.length === 1 ? 0.3 : i / (lines.length - 1)));
    const name = (s) => (data.scopes[state.scope].kind === 'both' ? s.kind + ', ' : '') + 'layer ' + s.layer + (s.head === null ? '' : ', head ' + s.head);
    kvsweep.show('spectra-chart', {
      ...kvsweep.base(template, (hit) => kvsweep.tip(hit.seriesName, [['channel', String(hit.value[0])], ['singular value', kvsweep.number(hit.value[1])]])),
      xAxis: kvsweep.axis(template.xAxis, x),
      yAxis: kvsweep.axis(template.yAxis, ends),
      series: [
        kvsweep.scales(x, ends, kvsweep.inner('spectra-chart', template.grid), 'decimal'),
        ...lines.map((s, i) => ({
          type: 'line', name: name(s), data: s.values.filter((v) => v[1] > 0), symbol: 'circle', symbolSize: 4, z: 8, clip: true,
          itemStyle: { color: colours[i] }, lineStyle: { color: colours[i], width: 1.4 }, emphasis: { focus: 'series' },
        })),
      ],
    });
    legend.append(...lines.map((s, i) => element('li', {}, element('i', {
      style: 'display:inline-block;width:16px;height:3px;background:' + colours[i],
    }), name(s) + ', ' + s.prompt)));
  };

  kvsweep.pairedRows = (state) => data.paired
    .map(([model, scope, metric, spec, reference, bits, referenceBits, log, low, high, ratio, pairs, prompts, missing, zero]) =>
      ({ model, scope, metric, spec, reference, bits, referenceBits, log, low, high, ratio, pairs, prompts, missing, zero }))
    .filter((r) => r.model === state.model && r.scope === state.scope && r.metric === state.metric
      && !state.hidden.has(data.specs[r.spec].family));

  kvsweep.paired = (state) => {
    const template = data.charts.paired;
    const rows = kvsweep.pairedRows(state).filter((r) => r.ratio > 0).sort((a, b) => b.bits - a.bits);
    const box = document.getElementById('paired-chart');
    if (!rows.length) {
      box.style.height = '90px';
      const chart = kvsweep.charts['paired-chart'];
      if (chart) chart.resize();
      kvsweep.empty('paired-chart', 'No pairs of this view.');
      return;
    }
    box.style.height = 90 + 24 * rows.length + 'px';
    const left = Math.min(Math.max(...rows.map((r) => data.specs[r.spec].shortName.length)) * 6.6 + 60, Math.round(box.clientWidth * 0.4));
    const grid = { ...template.grid, left };
    const span = rows.flatMap((r) => [r.ratio, r.low === null ? r.ratio : Math.exp(r.low), r.high === null ? r.ratio : Math.exp(r.high), 1]);
    const x = kvsweep.ends(span, 1.25, 4);
    const palette = kvsweep.palette();
    const barred = rows.map((r, i) => [r, i]).filter(([r]) => r.low !== null);
    const scales = kvsweep.scales(x, null, kvsweep.inner('paired-chart', grid), 'decimal');
    scales.markLine.data.push({ xAxis: 1, lineStyle: { color: palette.soft, type: 'solid', width: 1.4 }, label: { show: false } });
    const chart = kvsweep.show('paired-chart', {
      ...kvsweep.base({ ...template, grid }, (hit) => (hit.data && hit.data.row ? kvsweep.tip(data.specs[hit.data.row.spec].shortName, [
        ['reference', data.specs[hit.data.row.reference].shortName],
        ['error ratio', kvsweep.error(hit.data.row.ratio)],
        ['95 % interval', kvsweep.ratioInterval(hit.data.row)],
        ['bits', kvsweep.bits(hit.data.row.bits) + ' against ' + kvsweep.bits(hit.data.row.referenceBits)],
      ]) : null)),
      xAxis: kvsweep.axis(template.xAxis, x, left < 200 ? 'error / error of reference' : template.xAxis.name),
      yAxis: {
        ...kvsweep.axis(template.yAxis), data: rows.map((r) => data.specs[r.spec].shortName + '  ' + kvsweep.bits(r.bits)),
        axisLabel: { color: palette.ink, width: left - 12, overflow: 'truncate', fontSize: 12 },
      },
      series: [
        scales,
        kvsweep.bars(barred.map(([r, i]) => [i, Math.exp(r.low), Math.exp(r.high)]), false,
          (i) => kvsweep.colour(data.specs[barred[i][0].spec].curve)),
        {
          type: 'scatter', name: 'paired', z: 8,
          data: rows.map((r, i) => ({
            value: [r.ratio, i], row: r, symbol: kvsweep.shape(data.specs[r.spec].curve), symbolSize: 9,
            itemStyle: { color: kvsweep.colour(data.specs[r.spec].curve) },
          })),
        },
      ],
    });
    chart.resize();
  };

  kvsweep.ratioInterval = (r) => (r.low === null || r.high === null
    ? (r.pairs === 0 ? '\u2013 no pairs' : '\u2013 one prompt of a model')
    : kvsweep.error(Math.exp(r.low)) + ' to ' + kvsweep.error(Math.exp(r.high)));
}
