'use strict';
// The tables of a view: the same cells as the page has without scripts, sortable, and as CSV.
{
  const { data, element } = kvsweep;

  const save = (name, text) => {
    const link = element('a', { href: 'data:text/csv;charset=utf-8,' + encodeURIComponent(text), download: name });
    document.body.append(link);
    link.click();
    link.remove();
  };

  const quoted = (value) => {
    const text = value === null || value === undefined ? '' : String(value);
    return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };

  // Fields: a value of a row by name. A file has one number or name to a field, as the page holds it, and nothing where there is none.
  kvsweep.csv = (fields, rows) =>
    [Object.keys(fields), ...rows.map((row) => Object.values(fields).map((value) => value(row)))]
      .map((line) => line.map(quoted).join(',') + '\n').join('');

  // What stands below rows that can be saved: how many, and the button.
  kvsweep.tools = (id, fields, rows, lines, what) =>
    element('div', { class: 'tools' }, element('span', {}, kvsweep.count(rows.length, 'row', 'rows')),
      element('button', { type: 'button', onclick: () => save(id + '.csv', kvsweep.csv(fields, lines ? rows.flatMap(lines) : rows)) }, 'CSV of this ' + what));

  // Tables that are the same in every view stand in the page; the data have their fields.
  for (const [id, { columns, rows }] of Object.entries(data.fixed)) {
    const fields = Object.fromEntries(columns.map((column, i) => [column, (row) => row[i]]));
    document.getElementById(id + '-table').append(kvsweep.tools(id, fields, rows, null, 'table'));
  }

  // A name after the swatch of its curve.
  kvsweep.named = (curve, name, whole) =>
    element('span', { class: 'named' }, kvsweep.swatch(curve), element('code', { title: whole }, kvsweep.breakable(name)));

  // What is the same in all lines of a file: another view has others.
  kvsweep.viewFields = (state) => ({
    model: () => data.models[state.model],
    compressed: () => data.scopes[state.scope].label,
    prompt_length: () => data.lengths[state.length],
  });

  const classes = (c) => [c.number && 'n', c.on && 'on'].filter(Boolean).join(' ') || null;

  // Columns: key, title, number, value(row) for sorting, show(row) for people, on, hint.
  // Options: caption, id, none (words where there are no rows), sort {by, down}, onSort, rowClass(row), detail(row),
  // fields of the CSV, lines(row) of it where a row is not one line.
  kvsweep.table = (box, columns, rows, options) => {
    if (!rows.length) {
      box.replaceChildren(element('p', { class: 'none' }, options.none));
      return;
    }
    const sort = options.sort;
    const column = sort && columns.find((c) => c.key === sort.by);
    const shown = [...rows];
    if (column) {
      const missing = (v) => v === null || v === undefined || v === '';
      shown.sort((a, b) => {
        const [x, y] = [column.value(a), column.value(b)];
        if (missing(x) || missing(y)) return missing(x) - missing(y);
        return (typeof x === 'number' ? x - y : String(x).localeCompare(String(y))) * (sort.down ? -1 : 1);
      });
    }
    const head = columns.map((c) => element('th', {
      scope: 'col', class: classes(c), title: c.hint || null,
      'aria-sort': sort && sort.by === c.key ? (sort.down ? 'descending' : 'ascending') : null,
    }, options.onSort && c.title ? element('button', {
      type: 'button', onclick: () => options.onSort({ by: c.key, down: !!sort && sort.by === c.key && !sort.down }),
    }, kvsweep.breakable(c.title)) : kvsweep.breakable(c.title)));
    const body = shown.flatMap((row) => {
      const line = element('tr', { class: options.rowClass ? options.rowClass(row) : null }, columns.map((c) =>
        element('td', { class: classes(c) }, c.show(row))));
      const detail = options.detail && options.detail(row);
      return detail ? [line, element('tr', { class: 'detail' }, element('td', { colspan: columns.length }, detail))] : [line];
    });
    const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.textContent : null;
    box.replaceChildren(
      element('div', { class: 'scroll', tabindex: 0 }, element('table', {}, element('caption', {}, options.caption),
        element('thead', {}, element('tr', {}, head)), element('tbody', {}, body))),
      kvsweep.tools(options.id, options.fields, shown, options.lines, 'table'));
    if (focused !== null) {
      const again = [...box.querySelectorAll('button')].find((b) => b.textContent === focused);
      if (again) again.focus({ preventScroll: true });
    }
  };

  const method = (spec) => kvsweep.named(spec.curve, spec.shortName, spec.spec);

  const exp = (log) => (log === null ? null : Math.exp(log));

  kvsweep.pairedTable = (state, sort, onSort) => {
    const columns = [
      { key: 'method', title: 'method', value: (r) => data.specs[r.spec].spec, show: (r) => method(data.specs[r.spec]) },
      { key: 'effective_bits', title: 'bits', number: true, value: (r) => r.bits, show: (r) => kvsweep.bits(r.bits) },
      { key: 'reference', title: 'reference', value: (r) => data.specs[r.reference].spec, show: (r) => method(data.specs[r.reference]) },
      { key: 'reference_bits', title: 'its bits', number: true, value: (r) => r.referenceBits, show: (r) => kvsweep.bits(r.referenceBits) },
      { key: 'ratio', title: 'error ratio', number: true, value: (r) => r.ratio, show: (r) => (r.ratio === null ? '\u2013 no pairs' : kvsweep.error(r.ratio)) },
      { key: 'interval', title: '95 % interval', value: (r) => r.low, show: (r) => element('span', { class: 'm' }, kvsweep.ratioInterval(r)) },
      { key: 'n_pairs', title: 'pairs', number: true, value: (r) => r.pairs, show: (r) => String(r.pairs) },
      { key: 'n_prompts', title: 'prompts', number: true, value: (r) => r.prompts, show: (r) => String(r.prompts) },
      { key: 'left_out', title: 'left out', number: true, hint: 'pairs that only one of the two measured, or with an error of 0', value: (r) => r.missing + r.zero, show: (r) => String(r.missing + r.zero) },
    ];
    kvsweep.table(document.getElementById('paired-table'), columns, kvsweep.pairedRows(state), {
      none: '', id: 'paired', caption: kvsweep.viewName(state) + ': ' + data.metrics[state.metric].title, sort, onSort,
      fields: {
        model: () => data.models[state.model],
        compressed: () => data.scopes[state.scope].label,
        metric: () => data.metrics[state.metric].key,
        method_spec: (r) => data.specs[r.spec].spec,
        effective_bits: (r) => r.bits,
        reference: (r) => data.specs[r.reference].spec,
        reference_bits: (r) => r.referenceBits,
        ratio: (r) => r.ratio,
        ratio_low: (r) => exp(r.low),
        ratio_high: (r) => exp(r.high),
        n_pairs: (r) => r.pairs,
        n_prompts: (r) => r.prompts,
        n_missing: (r) => r.missing,
        n_zero: (r) => r.zero,
      },
    });
  };

  const predictedOf = (rows) => [...new Set(rows.map((s) => data.specs[s.spec].spec))];

  kvsweep.spectraTable = (state) => {
    const rows = kvsweep.spectraOf(state);
    const text = (key, title, value) => ({ key, title, value, show: (s) => String(value(s)) });
    const number = (key, title, value, show, hint) => ({ key, title, number: true, value, show: (s) => (show || String)(value(s)), hint });
    kvsweep.table(document.getElementById('spectra-table'), [
      text('model', 'model', (s) => data.models[s.model]),
      text('kind', 'tensor', (s) => s.kind),
      text('prompt', 'prompt', (s) => s.prompt),
      number('layer', 'layer', (s) => s.layer),
      number('head', 'head', (s) => (s.head === null ? 'joined' : s.head)),
      number('channels', 'channels', (s) => s.channels),
      number('channels_99', 'hold 99 %', (s) => s.channels99, String, 'fewest latent channels with 99 % of the centred energy'),
      number('decay', 'decay', (s) => s.decay, kvsweep.error, 'rate of the exponential fit of singular values'),
      number('decay_r2', 'R\u00b2 of the fit', (s) => s.decayR2, kvsweep.error),
      number('predicted_nmse', 'nmse predicted', (s) => s.predicted, kvsweep.error),
      number('measured_nmse', 'nmse measured', (s) => s.measured, kvsweep.error),
    ], rows, {
      none: '', id: 'spectra', caption: rows.length ? kvsweep.say('SPECTRA_TABLE') + '; ' + kvsweep.say('SPECTRA_NMSE', predictedOf(rows).join('; ')) : '',
      fields: {
        model: (s) => data.models[s.model],
        kind: (s) => s.kind,
        prompt: (s) => s.prompt,
        layer: (s) => s.layer,
        head: (s) => s.head,
        channels: (s) => s.channels,
        channels_99: (s) => s.channels99,
        decay: (s) => s.decay,
        decay_r2: (s) => s.decayR2,
        method_spec: (s) => data.specs[s.spec].spec,
        predicted_nmse: (s) => s.predicted,
        measured_nmse: (s) => s.measured,
      },
    });
  };

  const STATISTICS = ['_mean', '_geomean', '_geomean_low', '_geomean_high'];
  const PARTS = ['codes', 'parameters', 'basis', 'exact', 'header'];
  const detailOf = (cell) => {
    const spec = kvsweep.specOf(cell);
    const parts = [element('div', {}, 'Full specification: ', element('code', {}, spec.spec))];
    if (cell.total_bytes !== null) {
      const present = PARTS.map((part, i) => [part, cell[part + '_bytes'], kvsweep.colours()[i + 1]]).filter(([, bytes]) => bytes > 0);
      parts.push(
        kvsweep.bar(present.map(([, bytes, colour]) => [bytes / cell.total_bytes, colour])),
        element('ul', { class: 'bytes-list' }, present.map(([part, bytes, colour]) => element('li', {},
          kvsweep.boxSwatch(colour), part + ' ' + kvsweep.size(bytes) + ' (' + ((100 * bytes) / cell.total_bytes).toFixed(1) + ' %)')),
        element('li', {}, 'in all ' + kvsweep.size(cell.total_bytes) + ' in ' + cell.n + ' cells'),
        cell.artefact_bytes === null ? null : element('li', {}, 'and an artefact of ' + kvsweep.size(cell.artefact_bytes) + ' per model')));
    }
    if (cell.fidelity) parts.push(element('div', {}, 'Fidelity: ' + cell.fidelity));
    if (cell.start !== null) {
      const text = kvsweep.command(cell);
      const copy = element('button', { type: 'button', onclick: () => navigator.clipboard.writeText(text).then(
        () => { copy.textContent = 'Copied'; }, () => { copy.textContent = 'Select the text to copy it'; }) }, 'Copy');
      parts.push(element('div', {}, 'Measured again by (paths are relative to where the sweep was started'
        + (text.includes('dir=DATASET,') ? kvsweep.say('BLANK_DATASET') : '') + (text.includes(' ARTEFACTS ') ? kvsweep.say('BLANK_ARTEFACTS') : '') + ') ', copy), element('pre', { class: 'cmd', tabindex: 0 }, text));
    }
    return element('div', {}, parts);
  };

  kvsweep.cellTable = (state, sort, onSort, toggle) => {
    const bits = kvsweep.bitsColumn(state.length);
    const frontier = kvsweep.frontierOf(state, state.model);
    const metric = data.metrics[state.metric];
    const words = state.find.toLowerCase();
    const rows = kvsweep.cells.filter((c) => c.model === state.model && c.scope === state.scope)
      .filter((c) => !state.hidden.has(kvsweep.specOf(c).family) && kvsweep.specOf(c).spec.toLowerCase().includes(words));
    const n = (key, title, show, hint, on) => ({ key, title, number: true, value: (c) => c[key], show: (c) => show(c[key]), hint, on });
    const interval = (c) => kvsweep.interval(metric.key, c);
    const columns = [
      { key: 'method_spec', title: 'method', value: (c) => kvsweep.specOf(c).spec, show: (c) => element('span', { class: 'named' }, kvsweep.swatch(kvsweep.specOf(c).curve),
        element('button', { type: 'button', class: 'row', title: kvsweep.specOf(c).spec, 'aria-expanded': String(state.open === c.spec), onclick: () => toggle(c.spec) }, kvsweep.breakable(kvsweep.specOf(c).shortName))) },
      n(bits, 'effective bits', kvsweep.bits, 'at ' + kvsweep.lengthName(state.length)),
      n('nominal_bits', 'nominal', kvsweep.number, 'codes alone'),
      n('compression_ratio', 'ratio', kvsweep.ratio, 'captured bytes / bytes'),
      { key: 'frontier', title: 'frontier', hint: 'nothing has both fewer bits and less error', value: (c) => (frontier.has(c.spec) ? 1 : 0), show: (c) => (frontier.has(c.spec) ? 'yes' : 'no') },
      ...data.metrics.map((m, i) => n(m.key + '_mean', m.key, kvsweep.error, m.title, i === state.metric)),
      { key: 'interval', title: 'geometric mean of ' + metric.key + ', 95 % interval', hint: 'over prompts', value: interval, show: (c) => element('span', { class: 'm' }, interval(c)) },
      n('n', 'cells', String), n('n_prompts', 'prompts', String), n('failed', 'failed', String),
    ];
    kvsweep.table(document.getElementById('cells-table'), columns, rows, {
      id: 'configurations', caption: kvsweep.viewName(state) + ', bits at ' + kvsweep.lengthName(state.length), sort, onSort,
      none: words ? 'No method of this view contains \u201c' + state.find + '\u201d.' : kvsweep.whyNone(state),
      detail: (c) => (state.open === c.spec ? detailOf(c) : null),
      fields: {
        ...kvsweep.viewFields(state),
        method_spec: (c) => kvsweep.specOf(c).spec,
        effective_bits: (c) => c[bits],
        nominal_bits: (c) => c.nominal_bits,
        compression_ratio: (c) => c.compression_ratio,
        frontier: (c) => (frontier.has(c.spec) ? 1 : 0),
        ...Object.fromEntries(data.metrics.flatMap((m) => STATISTICS.map((part) => [m.key + part, (c) => c[m.key + part]]))),
        ...Object.fromEntries(['n', 'n_prompts', 'n_layers', 'failed'].map((count) => [count, (c) => c[count]])),
      },
    });
  };
}
