'use strict';
// The view: what is selected, kept in the address so that a link shows the same, and drawn.
{
  const { data, element } = kvsweep;
  const form = document.getElementById('filters');
  const THEME = 'kvsweep-theme';

  const fresh = () => ({
    ...data.first, hidden: new Set(), method: null, find: '', open: null, section: '',
    sorts: { budgets: { by: 'rank', down: false }, paired: null, cells: null },
  });
  let state = fresh();

  // Parts of the address: name, as text, and back; what is unknown is left at its first value.
  const pick = (names, text, otherwise) => { const at = names.indexOf(text); return at < 0 ? otherwise : at; };
  const scopeNames = data.scopes.map((s) => s.label);
  const metricNames = data.metrics.map((m) => m.key);
  const budgetNames = data.budgets.map(String);
  const specNames = data.specs.map((s) => s.spec);

  const toFragment = () => {
    const first = data.first;
    const parts = new URLSearchParams();
    if (state.model !== first.model) parts.set('model', data.models[state.model]);
    if (state.scope !== first.scope) parts.set('kind', scopeNames[state.scope]);
    if (state.metric !== first.metric) parts.set('metric', metricNames[state.metric]);
    if (state.length !== first.length) parts.set('length', data.lengths[state.length]);
    if (state.budget !== first.budget) parts.set('budget', budgetNames[state.budget]);
    if (state.hidden.size) parts.set('hide', [...state.hidden].sort().join(','));
    if (state.method !== null) parts.set('heat', specNames[state.method]);
    if (state.open !== null) parts.set('open', specNames[state.open]);
    if (state.find) parts.set('find', state.find);
    for (const [table, sort] of Object.entries(state.sorts)) {
      const usual = fresh().sorts[table];
      if (sort && (!usual || sort.by !== usual.by || sort.down !== usual.down)) parts.set('sort-' + table, (sort.down ? '-' : '') + sort.by);
    }
    if (state.section) parts.set('at', state.section);
    return parts.toString();
  };

  const fromFragment = (text) => {
    const next = fresh();
    if (!text.includes('=')) return { ...next, section: text };
    const parts = new URLSearchParams(text);
    const first = data.first;
    next.model = pick(data.models, parts.get('model'), first.model);
    next.scope = pick(scopeNames, parts.get('kind'), first.scope);
    next.metric = pick(metricNames, parts.get('metric'), first.metric);
    next.length = pick(data.lengths, parts.get('length'), first.length);
    next.budget = pick(budgetNames, parts.get('budget'), first.budget);
    next.hidden = new Set((parts.get('hide') || '').split(',').filter((f) => data.families.includes(f)));
    next.method = pick(specNames, parts.get('heat'), null);
    next.open = pick(specNames, parts.get('open'), null);
    next.find = parts.get('find') || '';
    for (const table of Object.keys(next.sorts)) {
      const sort = parts.get('sort-' + table);
      if (sort) next.sorts[table] = { by: sort.replace(/^-/, ''), down: sort.startsWith('-') };
    }
    next.section = parts.get('at') || '';
    return next;
  };

  // Methods of the view that have errors per head; the best at the budget is shown first.
  const heatMethods = () => data.heads.filter((h) => h.model === state.model && h.scope === state.scope
    && h.cells.some((c) => c[3] > 0) && !state.hidden.has(data.specs[h.spec].family)).map((h) => h.spec);

  const shownMethod = (methods) => {
    if (methods.includes(state.method)) return state.method;
    const answer = kvsweep.answer(state, state.model, state.budget);
    const best = answer ? [answer.below, ...answer.above].filter(Boolean).map((p) => p[0]) : [];
    return best.find((spec) => methods.includes(spec)) ?? methods[0] ?? null;
  };

  const options = (names, chosen, values) => names.map((name, i) =>
    element('option', { value: values ? values[i] : i, selected: (values ? values[i] : i) === chosen }, name));

  const controls = () => {
    const set = (name, names, chosen) => form.querySelector(`[name=${name}]`).replaceChildren(...options(names, chosen));
    set('budget', data.budgets.map((b) => kvsweep.number(b) + ' bits'), state.budget);
    set('model', data.models, state.model);
    set('kind', data.scopes.map((s) => s.noun), state.scope);
    set('metric', data.metrics.map((m) => m.title + ' (' + m.key + ')'), state.metric);
    set('length', data.lengths.map((l) => (l === 'captured' ? 'captured length' : l + ' tokens')), state.length);
    const families = document.getElementById('families');
    const focused = families.contains(document.activeElement) ? document.activeElement.textContent : null;
    const curveOf = (family) => data.curves.map((_, i) => i).filter((i) => data.curves[i].family === family)
      .reduce((a, b) => (data.curves[b].shortName < data.curves[a].shortName ? b : a));
    families.replaceChildren(families.querySelector('legend'), ...data.families.map((family) => element('button', {
      type: 'button', class: 'chip', 'aria-pressed': String(!state.hidden.has(family)),
      title: data.curves[curveOf(family)].selector ? 'token selector, with any codec' : null,
      onclick: () => change((s) => { if (!s.hidden.delete(family)) s.hidden.add(family); }),
    }, kvsweep.swatch(curveOf(family)), family)));
    if (focused) [...families.querySelectorAll('button')].find((b) => b.textContent === focused)?.focus();
    const methods = heatMethods();
    const heat = document.getElementById('heat-method');
    heat.replaceChildren(...options(methods.map((m) => data.specs[m].shortName), shownMethod(methods), methods));
    const find = document.getElementById('cells-filter');
    if (find.value !== state.find) find.value = state.find;
  };

  const select = (spec) => change((s) => { s.open = spec; s.section = 'cells'; }, true);

  const sorter = (table) => (sort) => change((s) => { s.sorts[table] = sort; });

  const drawCharts = () => {
    const shown = { ...state, method: shownMethod(heatMethods()) };
    kvsweep.rate(shown, select);
    kvsweep.multiples(shown, (model) => change((s) => { s.model = model; }));
    kvsweep.heat(shown);
    kvsweep.spectra(shown);
    kvsweep.paired(shown);
  };

  const draw = () => {
    controls();
    document.getElementById('rate-view').textContent = [data.models[state.model], data.scopes[state.scope].noun,
      data.metrics[state.metric].title + ' (' + data.metrics[state.metric].key + ')', 'bits at ' + kvsweep.lengthName(state.length)].join(' \u00b7 ');
    kvsweep.answers(state);
    kvsweep.budgets(state, state.sorts.budgets, sorter('budgets'));
    kvsweep.pairedTable(state, state.sorts.paired, sorter('paired'));
    kvsweep.spectraTable(state);
    kvsweep.cellTable(state, state.sorts.cells, sorter('cells'), (spec) => change((s) => { s.open = s.open === spec ? null : spec; }));
    drawCharts();
  };

  const scroll = () => { if (state.section) document.getElementById(state.section)?.scrollIntoView(); };

  const change = (how, move) => {
    how(state);
    history.replaceState(null, '', '#' + toFragment());
    draw();
    if (move) scroll();
  };

  const follow = () => {
    state = fromFragment(location.hash.slice(1));
    draw();
    scroll();
  };

  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', (event) => {
    const part = { budget: 'budget', model: 'model', kind: 'scope', metric: 'metric', length: 'length' }[event.target.name];
    if (part) change((s) => { s[part] = Number(event.target.value); });
  });
  document.getElementById('heat-method').addEventListener('change', (event) => change((s) => { s.method = Number(event.target.value); }));
  document.getElementById('cells-filter').addEventListener('input', (event) => change((s) => { s.find = event.target.value; }));
  // A link to a section keeps the view, also in the address.
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    state.section = link.getAttribute('href').slice(1);
    history.replaceState(null, '', '#' + toFragment());
    scroll();
  });
  window.addEventListener('hashchange', follow);

  const root = document.documentElement;
  const remember = (theme) => { try { localStorage.setItem(THEME, theme); } catch { /* a page from a file may not */ } };
  const remembered = () => { try { return localStorage.getItem(THEME); } catch { return null; } };
  const dark = (on) => { root.classList.toggle('dark', on); draw(); };
  const system = matchMedia('(prefers-color-scheme: dark)');
  document.getElementById('theme').addEventListener('click', () => {
    const on = !root.classList.contains('dark');
    remember(on ? 'dark' : 'light');
    dark(on);
  });
  system.addEventListener('change', (event) => { if (!remembered()) dark(event.matches); });
  if (remembered()) root.classList.toggle('dark', remembered() === 'dark');

  let waiting = null;
  let width = window.innerWidth;
  const resize = () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => { Object.values(kvsweep.charts).forEach((chart) => chart.resize()); drawCharts(); }, 120);
  };
  window.addEventListener('resize', resize);

  // Paper is white and of another width.
  const PAPER = 700;
  const print = (on) => {
    kvsweep.setPrinting(on);
    document.querySelectorAll('.chart').forEach((box) => { box.style.width = on ? (box.closest('.multiples') ? PAPER / 2 - 20 : PAPER) + 'px' : ''; });
    draw();
    // Paper does not wait for the frame in which charts draw themselves anew.
    Object.values(kvsweep.charts).forEach((chart) => { chart.resize(); chart.getZr().flush(); });
  };
  window.addEventListener('beforeprint', () => print(true));
  window.addEventListener('afterprint', () => print(false));

  kvsweep.state = () => state;
  follow();
}
