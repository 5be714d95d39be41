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

  kvsweep.csv = (columns, rows) =>
    [columns.map((c) => c.key), ...rows.map((row) => columns.map((c) => c.value(row)))]
      .map((line) => line.map(quoted).join(',') + '\n').join('');

  // Columns: key, title, number, value(row) for sorting and CSV, show(row) for people, on, hint.
  // Options: caption, id, none (words where there are no rows), sort {by, down}, onSort, rowClass(row), detail(row).
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
      scope: 'col', class: [c.number ? 'n' : '', c.on ? 'on' : ''].join(' ').trim() || null, title: c.hint || null,
      'aria-sort': sort && sort.by === c.key ? (sort.down ? 'descending' : 'ascending') : null,
    }, options.onSort && c.title ? element('button', {
      type: 'button', onclick: () => options.onSort({ by: c.key, down: !!sort && sort.by === c.key && !sort.down }),
    }, c.title) : c.title));
    const body = shown.flatMap((row) => {
      const line = element('tr', { class: options.rowClass ? options.rowClass(row) : null }, columns.map((c) =>
        element('td', { class: [c.number ? 'n' : '', c.on ? 'on' : ''].join(' ').trim() || null }, c.show(row))));
      const detail = options.detail && options.detail(row);
      return detail ? [line, element('tr', { class: 'detail' }, element('td', { colspan: columns.length }, detail))] : [line];
    });
    const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.textContent : null;
    box.replaceChildren(
      element('div', { class: 'scroll', tabindex: 0 }, element('table', {}, element('caption', {}, options.caption),
        element('thead', {}, element('tr', {}, head)), element('tbody', {}, body))),
      element('div', { class: 'tools' }, element('span', {}, kvsweep.count(shown.length, 'row', 'rows')),
        element('button', { type: 'button', onclick: () => save(options.id + '.csv', kvsweep.csv(columns, shown)) }, 'CSV of this table')));
    if (focused !== null) {
      const again = [...box.querySelectorAll('button')].find((b) => b.textContent === focused);
      if (again) again.focus({ preventScroll: true });
    }
  };

  const method = (spec) => element('span', { class: 'm' }, kvsweep.swatch(spec.curve), element('code', { title: spec.spec }, spec.shortName));

  kvsweep.pairedTable = (state, sort, onSort) => {
    const columns = [
      { key: 'method', title: 'method', value: (r) => data.specs[r.spec].spec, show: (r) => method(data.specs[r.spec]) },
      { key: 'effective_bits', title: 'bits', number: true, value: (r) => r.bits, show: (r) => kvsweep.bits(r.bits) },
      { key: 'reference', title: 'reference', value: (r) => data.specs[r.reference].spec, show: (r) => method(data.specs[r.reference]) },
      { key: 'reference_bits', title: 'its bits', number: true, value: (r) => r.referenceBits, show: (r) => kvsweep.bits(r.referenceBits) },
      { key: 'ratio', title: 'error ratio', number: true, value: (r) => r.ratio, show: (r) => (r.ratio === null ? '\u2013 no pairs' : kvsweep.error(r.ratio)) },
      { key: 'interval', title: '95 % interval', value: (r) => (r.low === null ? null : Math.exp(r.low) + ' to ' + Math.exp(r.high)), show: (r) => element('span', { class: 'm' }, kvsweep.ratioInterval(r)) },
      { key: 'n_pairs', title: 'pairs', number: true, value: (r) => r.pairs, show: (r) => String(r.pairs) },
      { key: 'n_prompts', title: 'prompts', number: true, value: (r) => r.prompts, show: (r) => String(r.prompts) },
      { key: 'left_out', title: 'left out', number: true, hint: 'pairs that only one of the two measured, or with an error of 0', value: (r) => r.missing + r.zero, show: (r) => String(r.missing + r.zero) },
    ];
    kvsweep.table(document.getElementById('paired-table'), columns, kvsweep.pairedRows(state), {
      none: '', id: 'paired', caption: kvsweep.viewName(state) + ': ' + data.metrics[state.metric].title, sort, onSort,
    });
  };

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
      number('predicted_nmse', 'nmse predicted', (s) => s.predicted, kvsweep.error, 'of the first svdq method by name'),
      number('measured_nmse', 'nmse measured', (s) => s.measured, kvsweep.error),
    ], rows, { none: '', id: 'spectra', caption: kvsweep.say('SPECTRA_TABLE') });
  };

  const PARTS = ['codes', 'parameters', 'basis', 'exact', 'header'];
  const detailOf = (cell) => {
    const colours = data.charts.style[kvsweep.isDark() ? 'dark' : 'light'];
    const spec = kvsweep.specOf(cell);
    const parts = [element('div', {}, 'Full specification: ', element('code', {}, spec.spec))];
    if (cell.total_bytes !== null) {
      const present = PARTS.map((part, i) => [part, cell[part + '_bytes'], colours[i]]).filter(([, bytes]) => bytes > 0);
      parts.push(
        element('div', { class: 'bytes', 'aria-hidden': 'true' }, present.map(([, bytes, colour]) =>
          element('i', { style: 'background:' + colour + ';width:' + (100 * bytes) / cell.total_bytes + '%' }))),
        element('ul', { class: 'bytes-list' }, present.map(([part, bytes, colour]) => element('li', {},
          element('i', { style: 'background:' + colour }), part + ' ' + kvsweep.size(bytes) + ' (' + ((100 * bytes) / cell.total_bytes).toFixed(1) + ' %)')),
        element('li', {}, 'in all ' + kvsweep.size(cell.total_bytes) + ' in ' + cell.n + ' cells'),
        cell.artefact_bytes === null ? null : element('li', {}, 'and an artefact of ' + kvsweep.size(cell.artefact_bytes) + ' per model')));
    }
    if (cell.fidelity) parts.push(element('div', {}, 'Fidelity: ' + cell.fidelity));
    if (cell.start !== null) {
      const text = kvsweep.command(cell);
      const copy = element('button', { type: 'button', onclick: () => navigator.clipboard.writeText(text).then(
        () => { copy.textContent = 'Copied'; }, () => { copy.textContent = 'Select the text to copy it'; }) }, 'Copy');
      parts.push(element('div', {}, 'Measured again by (paths are relative to where the sweep was started) ', copy), element('pre', { class: 'cmd', tabindex: 0 }, text));
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
      { key: 'method_spec', title: 'method', value: (c) => kvsweep.specOf(c).spec, show: (c) => [kvsweep.swatch(kvsweep.specOf(c).curve),
        element('button', { type: 'button', class: 'row', title: kvsweep.specOf(c).spec, 'aria-expanded': String(state.open === c.spec), onclick: () => toggle(c.spec) }, kvsweep.specOf(c).shortName)] },
      n(bits, 'effective bits', kvsweep.bits, 'at ' + kvsweep.lengthName(state.length)),
      n('nominal_bits', 'nominal', kvsweep.number, 'codes alone'),
      n('compression_ratio', 'ratio', kvsweep.ratio, 'captured bytes / bytes'),
      { key: 'frontier', title: 'frontier', hint: 'nothing has both fewer bits and less error', value: (c) => (frontier.has(c.spec) ? 1 : 0), show: (c) => (frontier.has(c.spec) ? 'yes' : 'no') },
      ...data.metrics.map((m, i) => n(m.key + '_mean', m.key, kvsweep.error, m.title, i === state.metric)),
      { key: 'interval', title: 'geometric mean of ' + metric.key + ', 95 % interval', hint: 'over prompts', value: interval, show: (c) => element('span', { class: 'm' }, interval(c)) },
      n('n', 'cells', String), n('n_prompts', 'prompts', String), n('failed', 'failed', String),
    ];
    kvsweep.table(document.getElementById('cells-table'), columns, rows, {
      id: 'cells', caption: kvsweep.viewName(state) + ', bits at ' + kvsweep.lengthName(state.length), sort, onSort,
      none: words ? 'No method of this view contains \u201c' + state.find + '\u201d.' : kvsweep.whyNone(state),
      detail: (c) => (state.open === c.spec ? detailOf(c) : null),
    });
  };
}
