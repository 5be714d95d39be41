'use strict';
// Heat map, spectra and paired differences of a view.
{
  const { data, element } = kvsweep;
  const VIRIDIS = data.charts.heat.visualMap.inRange.color;

  // Errors per layer and head, colour by the logarithm.
  kvsweep.heat = (state) => {
    const template = data.charts.heat;
    const wanted = data.metrics[state.metric];
    const metric = wanted.head >= 0 ? wanted : data.metrics[0];
    const group = data.heads.find((h) => h.model === state.model && h.scope === state.scope && h.spec === state.method);
    const how = document.getElementById('heat-how');
    const cells = (group ? group.cells : []).filter((c) => c[3 + metric.head] >= metric.rounding);
    const tools = document.getElementById('heat-tools');
    how.textContent = '';
    tools.replaceChildren();
    if (!cells.length) {
      kvsweep.empty('heat-chart', group ? 'No error above that of rounding.' : state.model === data.overModels
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
    tools.replaceChildren(kvsweep.tools('heads', {
      model: () => data.models[state.model],
      compressed: () => data.scopes[state.scope].label,
      method_spec: () => data.specs[state.method].spec,
      layer: (c) => c[0],
      head: (c) => c[1],
      n_prompts: (c) => c[2],
      ...Object.fromEntries(data.metrics.filter((m) => m.head >= 0).map((m) => [m.key, (c) => c[3 + m.head]])),
    }, group.cells, null, 'map'));
    how.textContent = [data.specs[state.method].spec + ': ' + metric.title + ', colour by its logarithm.',
      cells.length < group.cells.length ? 'Blank: exact, but for rounding, or not measured.' : '',
      wanted.head < 0 ? wanted.key + ' is not held per head.' : ''].join(' ');
  };

  // From one end almost to the other: the last colours are lost on the paper of light or dark.
  const between = (share) => {
    const at = share * (VIRIDIS.length - 2) + (kvsweep.isDark() ? 1 : 0);
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
      kvsweep.empty('spectra-chart', state.model === data.overModels ? 'Choose one model.' : kvsweep.say('NO_SPECTRA'));
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
    legend.append(...lines.map((s, i) => element('li', {}, kvsweep.lineSwatch(colours[i]), name(s) + ', ' + s.prompt)));
  };

  kvsweep.pairedRows = (state) => data.paired
    .map(([model, scope, metric, spec, reference, bits, referenceBits, log, low, high, ratio, pairs, prompts, missing, zero]) =>
      ({ model, scope, metric, spec, reference, bits, referenceBits, log, low, high, ratio, pairs, prompts, missing, zero }))
    .filter((r) => r.model === state.model && r.scope === state.scope && r.metric === state.metric
      && !state.hidden.has(data.specs[r.spec].family));

  // Ratios to or of an error that rounding leaves tell nothing, and would take all of the axis.
  const isRounding = (state, spec) => {
    const { key, rounding } = data.metrics[state.metric];
    const cell = kvsweep.cells.find((c) => c.model === state.model && c.scope === state.scope && c.spec === spec);
    return cell[key + '_mean'] < rounding;
  };

  kvsweep.paired = (state) => {
    const template = data.charts.paired;
    const ratios = kvsweep.pairedRows(state).filter((r) => r.ratio > 0).sort((a, b) => b.bits - a.bits);
    const rows = ratios.filter((r) => !isRounding(state, r.spec) && !isRounding(state, r.reference));
    document.getElementById('paired-how').textContent = rows.length === ratios.length ? '' : 'Not drawn, but in the table: ' + ratios.filter((r) => !rows.includes(r)).map((r) => data.specs[r.spec].shortName).join('; ')
        + '. Such errors are below ' + kvsweep.number(data.metrics[state.metric].rounding) + ', which rounding to float32 leaves.';
    const box = document.getElementById('paired-chart');
    if (!rows.length) {
      kvsweep.empty('paired-chart', kvsweep.say('NO_REFERENCE'));
      return;
    }
    // Who, against whom, each with its bits: beside the row, or above it where there is no room beside.
    const name = (spec, bits) => data.specs[spec].shortName + ', ' + kvsweep.bits(bits) + ' bits';
    const labels = rows.map((r) => name(r.spec, r.bits) + '\nagainst ' + name(r.reference, r.referenceBits));
    const longest = Math.max(...labels.flatMap((label) => label.split('\n')).map((line) => line.length)) * 6.6 + 16;
    const narrow = longest > box.clientWidth * 0.45;
    box.style.height = 90 + (narrow ? 62 : 40) * rows.length + 'px';
    const left = narrow ? 12 : Math.round(longest);
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
      xAxis: kvsweep.axis(template.xAxis, x, box.clientWidth < 600 ? 'error / error of reference' : template.xAxis.name),
      yAxis: {
        ...kvsweep.axis(template.yAxis), data: labels, z: 9,
        axisLabel: {
          color: palette.ink, interval: 0, fontSize: narrow ? 11 : 12, lineHeight: 15,
          ...(narrow ? { inside: true, margin: 2, align: 'left', verticalAlign: 'bottom', padding: [0, 0, 9, 0],
            width: box.clientWidth - 40, overflow: 'break', textBorderColor: palette.paper, textBorderWidth: 3 } : { width: left - 12, overflow: 'break' }),
        },
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
    ? kvsweep.say(r.pairs === 0 ? 'NO_PAIRS' : 'ONE_PROMPT')
    : kvsweep.say('INTERVAL', kvsweep.error(Math.exp(r.low)), kvsweep.error(Math.exp(r.high))));
}
