'use strict';
// The answer: which method is best at a number of effective bits, on every model; and the ranking of a model.
{
  const { data, element } = kvsweep;
  const curveName = (curve) => data.curves[curve].shortName;
  const curves = (n) => kvsweep.count(n, 'curve', 'curves');

  // What an answer says: who, its error and the small print.
  const answerText = (state, model, answer) => {
    if (!answer) {
      const some = kvsweep.points({ ...state, hidden: new Set() }, model).length;
      const failed = kvsweep.allFailed(state, model);
      return { nothing: true, failed, who: failed || kvsweep.say(some ? 'NONE_COMPLETE' : 'NOT_MEASURED'), error: '', small: '', curve: null };
    }
    // Over models, the most that a method takes on one.
    const bits = (n) => (model === data.overModels ? kvsweep.say('UP_TO', kvsweep.bits(n)) : kvsweep.bits(n));
    const { winners, error, compared, below, above, kind } = answer;
    if (kind === 'MEASURED') {
      const spec = data.specs[below[0]];
      return {
        who: spec.shortName, curve: spec.curve, error: kvsweep.error(below[2]),
        small: compared ? kvsweep.say('MEASURED_BEATS', bits(below[1]), curves(compared)) : kvsweep.say('MEASURED_AT', bits(below[1])),
      };
    }
    if (kind === 'CURVE') {
      const best = kvsweep.say('BEST_OF', curves(compared));
      return {
        who: winners.map(curveName).join(' = '), curve: winners[0], error: kvsweep.error(error),
        small: answer.atEnd ? kvsweep.say(model === data.overModels ? 'ENDS_OF_BEST' : 'END_OF_BEST', kvsweep.bits(answer.at), best)
          : answer.carried ? kvsweep.say('AS_AT', kvsweep.number(answer.at), best) : best,
      };
    }
    const [spec, most, least] = above[0];
    return {
      nothing: true, who: kvsweep.say('NONE_THIS_SMALL'), curve: null, error: kvsweep.error(least),
      small: kvsweep.say('CLOSEST', data.specs[spec].shortName, bits(most)),
    };
  };

  const who = (text) => (text.failed ? kvsweep.toMissing(text.failed) : text.who);

  // The answer on a model at a budget; above are the nearest where nothing is this small.
  kvsweep.answer = (state, model, budget) => {
    const row = (data.answers[kvsweep.place(state, model)] || [])[budget];
    if (!row) return null;
    const [winners, error, compared, below, above, kind, at, carried, atEnd] = row;
    return { winners, error, compared, below, above, kind, at, carried, atEnd };
  };

  // An answer as data: who is best, a line for each of equals, or the nearest above where nothing is this small.
  const answerLines = (state, model, b) => {
    const answer = kvsweep.answer(state, model, b);
    const about = { model, budget: data.budgets[b], answer: answer ? answer.kind.toLowerCase() : 'none' };
    if (!answer) return [{ ...about, method: null, bits: null, error: null }];
    if (answer.kind === 'CURVE') {
      return answer.winners.map((curve) => ({ ...about, method: data.curves[curve].name, bits: answer.at, error: answer.error }));
    }
    const [spec, bits, error] = answer.kind === 'MEASURED' ? answer.below : answer.above[0];
    return [{ ...about, method: data.specs[spec].spec, bits, error }];
  };

  kvsweep.answers = (state) => {
    const metric = data.metrics[state.metric];
    const size = kvsweep.number(data.budgets[state.budget]);
    document.getElementById('budget-name').textContent = size;
    document.getElementById('answer-view').textContent = 'Shown: ' + metric.title + ' of ' + data.scopes[state.scope].noun + ', bits at ' + kvsweep.lengthName(state.length) + '. ' +
      (state.hidden.size ? 'Over all methods, also those hidden by the buttons above. ' : '') + kvsweep.selectorNote(state);
    const models = data.models.map((_, i) => i).filter((i) => i !== data.overModels);
    const cards = models.slice(0, 12).map((model) => {
      const answer = kvsweep.answer(state, model, state.budget);
      const text = answerText(state, model, answer);
      const lines = [];
      if (answer && answer.kind === 'CURVE' && answer.below) {
        lines.push(element('p', {}, (answer.atEnd ? 'Measured at the end of its curve: ' + kvsweep.bits(answer.at) + ' bits count as ' + size
          : 'Interpolated on its curve' + (answer.carried ? ' at ' + kvsweep.number(answer.at) + ' bits' : '')) + '. Best measured in ' + size + ' bits: ', element('b', {}, data.specs[answer.below[0]].shortName),
          ', ' + kvsweep.bits(answer.below[1]) + ' bits, error ' + kvsweep.error(answer.below[2]) + '.'));
      }
      const least = answer && { MEASURED: answer.below && answer.below[2], CURVE: answer.error }[answer.kind];
      if (metric.unit === '1' && least >= 1) {
        lines.push(element('p', {}, 'An error of 1 or more is no better than zeros in the place of everything.'));
      }
      if (answer && text.nothing) {
        lines.push(element('p', {}, 'Every method measured here takes more than ' + size + ' bits. Closest: ',
          answer.above.flatMap((p, i) => [i ? '; then ' : '', element('b', {}, data.specs[p[0]].shortName),
            ' at ' + kvsweep.bits(p[1]) + ' bits, error ' + kvsweep.error(p[2])]), '.'));
      }
      return element('li', {}, element('span', { class: 'where' }, data.models[model]),
        element('div', { class: 'who' + (text.nothing ? ' nothing' : '') }, text.curve === null ? null : kvsweep.swatch(text.curve), who(text)),
        text.nothing ? null : element('div', { class: 'error' }, metric.key + ' ' + text.error + (text.small ? ', ' + text.small : '')),
        lines);
    });
    document.getElementById('answer-list').replaceChildren(element('ul', { class: 'answers' }, cards),
      models.length > cards.length ? element('p', { class: 'how' }, (models.length - cards.length) + ' more models in the table below.') : '');
    const columns = [{ key: 'model', title: 'model', value: (i) => data.models[i], show: (i) => data.models[i] },
      ...data.budgets.map((budget, b) => ({
        key: budget + ' bits', title: kvsweep.number(budget) + ' bits', on: b === state.budget,
        value: (i) => answerText(state, i, kvsweep.answer(state, i, b)).who,
        show: (i) => {
          const t = answerText(state, i, kvsweep.answer(state, i, b));
          return t.nothing ? [element('span', { class: 'none' }, who(t)), t.error ? [element('span', { class: 'e' }, t.error), element('small', {}, kvsweep.breakable(t.small))] : null].flat()
            : [element('b', {}, kvsweep.swatch(t.curve), kvsweep.breakable(t.who)), element('span', { class: 'e' }, t.error), element('small', {}, kvsweep.breakable(t.small))];
        },
      }))];
    kvsweep.table(document.getElementById('answer-table'), columns, data.models.map((_, i) => i), {
      none: kvsweep.say('NOT_MEASURED'), id: 'best', caption: kvsweep.say('BEST_TABLE', metric.title, data.scopes[state.scope].noun),
      lines: (model) => data.budgets.flatMap((_, b) => answerLines(state, model, b)),
      fields: {
        ...kvsweep.viewFields(state),
        model: (l) => data.models[l.model],
        metric: () => metric.key,
        budget_bits: (l) => l.budget,
        answer: (l) => l.answer,
        method: (l) => l.method,
        bits: (l) => l.bits,
        error: (l) => l.error,
      },
    });
  };

  // Configurations that are best at a size though on no curve there, each a row with its error at these sizes.
  const bestMeasured = (state) => {
    const rows = new Map();
    data.budgets.forEach((_, b) => {
      const answer = kvsweep.answer(state, state.model, b);
      if (!answer || answer.kind !== 'MEASURED') return;
      const [spec, bits, error] = answer.below;
      if (!rows.has(spec)) rows.set(spec, { spec, curve: data.specs[spec].curve, from: bits, to: bits, points: 1, errors: data.budgets.map(() => null) });
      rows.get(spec).errors[b] = error;
    });
    return [...rows.values()];
  };
  const isSingle = (row) => row.spec !== undefined;

  // The curves of a view with their rank at the chosen budget.
  kvsweep.budgets = (state, sort, onSort) => {
    const metric = data.metrics[state.metric];
    const rows = (data.curvesAtBudgets[kvsweep.place(state, state.model)] || [])
      .map(([curve, from, to, points, ...errors]) => ({ curve, from, to, points, errors }))
      .filter((r) => !state.hidden.has(data.curves[r.curve].family));
    const singles = bestMeasured(state).filter((r) => !state.hidden.has(data.specs[r.spec].family));
    const size = data.budgets[state.budget];
    const reached = rows.map((r) => r.errors[state.budget]).filter((e) => e !== null).sort((a, b) => a - b);
    const name = (r) => (isSingle(r) ? data.specs[r.spec].shortName : curveName(r.curve));
    const rank = (r) => (r.errors[state.budget] === null ? null : isSingle(r) ? 1 : reached.indexOf(r.errors[state.budget]) + 1);
    const over = state.model === data.overModels;
    const measured = over ? kvsweep.everyModel(state) : kvsweep.points(state, state.model).filter((p) => p.cell[metric.key + '_compares']);
    const nearest = (r) => (isSingle(r) ? measured.find((p) => p.cell.spec === r.spec) : measured.filter((p) => p.curve === r.curve)
      .sort((a, b) => Math.abs(Math.log(a.bits / size)) - Math.abs(Math.log(b.bits / size)))[0]);
    const bits = (n) => (over ? kvsweep.say('UP_TO', kvsweep.bits(n)) : kvsweep.bits(n));
    const interval = (r) => {
      const p = nearest(r);
      return p ? kvsweep.interval(metric.key, p.cell) + ', ' + kvsweep.samples(p.cell) : '\u2013';
    };
    const columns = [
      { key: 'rank', title: 'rank at ' + kvsweep.number(size), number: true, value: (r) => (isSingle(r) && rank(r) ? 0 : rank(r)),
        show: (r) => (rank(r) === null ? '\u2013' : isSingle(r) ? 'best' : rank(r) + ' of ' + reached.length) },
      { key: 'method', title: 'method', value: name,
        show: (r) => kvsweep.named(r.curve, name(r), isSingle(r) ? data.specs[r.spec].spec : data.curves[r.curve].name) },
      ...data.budgets.map((budget, b) => ({
        key: budget + ' bits', title: kvsweep.number(budget) + ' bits', number: true, on: b === state.budget,
        value: (r) => r.errors[b],
        show: (r) => (isSingle(r) ? kvsweep.error(r.errors[b]) : r.errors[b] === null ? element('span', { title: 'the curve does not reach ' + budget + ' bits' },
          b === state.budget ? (budget < r.from ? '\u2013 starts above' : '\u2013 ends below') : '\u2013') : kvsweep.error(r.errors[b])),
      })),
      { key: 'measured', title: 'bits measured', hint: 'effective bits of its first and last point', value: (r) => r.from + ' to ' + r.to,
        show: (r) => element('span', { class: 'm' }, isSingle(r) ? kvsweep.say('MEASURED_AT', bits(r.from)) : kvsweep.say('SPAN', kvsweep.bits(r.from), kvsweep.bits(r.to), over ? kvsweep.say('ON_EVERY_MODEL') : '', kvsweep.count(r.points, 'point', 'points'))) },
      { key: 'nearest', title: 'nearest point', hint: 'the measured configuration nearest to the budget' + (over ? ': the most bits that it takes on a model, and the geometric mean of the models\u2019 errors' : ''), value: (r) => { const p = nearest(r); return p ? p.spec.spec : null; },
        show: (r) => { const p = nearest(r); return p ? element('span', { class: 'm', title: p.spec.spec }, bits(p.bits) + ' bits: ' + kvsweep.error(p.error)) : '\u2013'; } },
      { key: 'interval', title: 'its geometric mean, 95 % interval', hint: 'over prompts; n: the cells that it measured, and their prompts', value: interval,
        show: (r) => element('span', { class: 'm' }, interval(r)) },
    ];
    kvsweep.table(document.getElementById('budgets-table'), columns, [...rows, ...singles], {
      none: kvsweep.points(state, state.model).length ? kvsweep.say('NO_CURVE_REACHES') : kvsweep.whyNone(state), id: 'budgets', caption: kvsweep.viewName(state) + ': ' + metric.title + ', bits at ' + kvsweep.lengthName(state.length), sort, onSort,
      fields: {
        ...kvsweep.viewFields(state),
        metric: () => metric.key,
        rank_at_bits: () => size,
        rank,
        curve: (r) => (isSingle(r) ? null : data.curves[r.curve].name),
        measured_spec: (r) => (isSingle(r) ? data.specs[r.spec].spec : null),
        from_bits: (r) => r.from,
        to_bits: (r) => r.to,
        n_points: (r) => r.points,
        ...Object.fromEntries(data.budgets.map((budget, b) => ['error_at_' + budget, (r) => r.errors[b]])),
        nearest_spec: (r) => nearest(r)?.spec.spec,
        nearest_bits: (r) => nearest(r)?.bits,
        nearest_error: (r) => nearest(r)?.error,
        nearest_geomean: (r) => nearest(r)?.cell[metric.key + '_geomean'],
        nearest_geomean_low: (r) => nearest(r)?.cell[metric.key + '_geomean_low'],
        nearest_geomean_high: (r) => nearest(r)?.cell[metric.key + '_geomean_high'],
        nearest_n: (r) => nearest(r)?.cell.n,
        nearest_n_prompts: (r) => nearest(r)?.cell.n_prompts,
        nearest_n_layers: (r) => nearest(r)?.cell.n_layers,
      },
    });
  };
}
