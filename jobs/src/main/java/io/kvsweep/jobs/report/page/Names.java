package io.kvsweep.jobs.report.page;

import io.kvsweep.jobs.aggregate.GroupKey;
import io.kvsweep.jobs.aggregate.SummaryMetric;
import io.kvsweep.jobs.report.CurveStyles;
import io.kvsweep.jobs.table.CurveName;
import io.kvsweep.jobs.table.ShortSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.Row;

/**
 * The names in a report, each once; rows refer to them by index. Sorted, so that equal results give
 * equal indexes.
 *
 * @param models those shown, the line over models last
 * @param scopes kinds, per seed
 * @param specs canonical specifications
 */
record Names(List<String> models, List<Scope> scopes, List<Spec> specs, List<Curve> curves) {

  /**
   * What is never compared across: a kind and a seed.
   *
   * @param label in addresses
   * @param noun in sentences
   */
  record Scope(String kind, long seed, String label, String noun) {
    static Scope of(String kind, long seed, boolean severalSeeds) {
      String noun = kind.equals("both") ? "keys and values" : kind + "s";
      String tail = severalSeeds ? ", seed " + seed : "";
      return new Scope(kind, seed, kind + tail, noun + tail);
    }
  }

  /**
   * A method with all parameters.
   *
   * @param shortName without the parameters that have their default
   * @param curve index of what it is a point of
   * @param family what a filter hides together: the codec, or the selector before it
   * @param selector whether it drops tokens, or skips some
   */
  record Spec(String spec, String shortName, int curve, String family, boolean selector) {}

  /**
   * Methods that differ in nothing but the rate.
   *
   * @param name as tables write it, with {@code *} for the rate
   */
  record Curve(String name, String shortName, String family, boolean selector) {}

  /** Whether an error compares with those of other methods: {@link SummaryMetric#compares}. */
  static boolean compares(String kind, boolean selector, SummaryMetric metric) {
    return metric.compares(kind, selector);
  }

  /**
   * @param summary rows of the table of this name
   * @param shown the models that the page has room for
   */
  static Names of(List<Row> summary, Set<String> shown) {
    TreeSet<String> models = new TreeSet<>();
    TreeMap<String, String> families = new TreeMap<>();
    TreeMap<String, TreeSet<Long>> seeds = new TreeMap<>();
    for (Row row : summary) {
      if (shown.contains(row.<String>getAs("model"))) {
        models.add(row.getAs("model"));
      }
      String spec = row.getAs("method_spec");
      families.put(spec, GroupKey.family(row.getAs("method"), spec));
      seeds.computeIfAbsent(row.getAs("kind"), k -> new TreeSet<>()).add(row.<Long>getAs("seed"));
    }
    List<String> ordered = new ArrayList<>(models);
    if (ordered.remove(GroupKey.ALL_MODELS)) {
      ordered.add(GroupKey.ALL_MODELS);
    }
    ShortSpec shortSpec = ShortSpec.STANDARD;
    TreeMap<String, Curve> curves = new TreeMap<>();
    families.forEach(
        (spec, family) -> {
          String name = CurveName.of(spec);
          curves.put(
              name, new Curve(name, shortSpec.curve(name), family, GroupKey.hasSelector(spec)));
        });
    List<String> curveNames = List.copyOf(curves.keySet());
    List<Spec> specs = new ArrayList<>();
    families.forEach(
        (spec, family) ->
            specs.add(
                new Spec(
                    spec,
                    shortSpec.of(spec),
                    curveNames.indexOf(CurveName.of(spec)),
                    family,
                    GroupKey.hasSelector(spec))));
    return new Names(
        List.copyOf(ordered), scopes(seeds), List.copyOf(specs), List.copyOf(curves.values()));
  }

  /** Keys first, as everywhere; a seed is told where there are several. */
  private static List<Scope> scopes(TreeMap<String, TreeSet<Long>> seeds) {
    boolean several = seeds.values().stream().flatMap(Collection::stream).distinct().count() > 1;
    List<Scope> scopes = new ArrayList<>();
    List<String> kinds = new ArrayList<>(seeds.keySet());
    kinds.sort((a, b) -> Integer.compare(kindOrder(a), kindOrder(b)));
    for (String kind : kinds) {
      for (long seed : seeds.get(kind)) {
        scopes.add(Scope.of(kind, seed, several));
      }
    }
    return scopes;
  }

  private static int kindOrder(String kind) {
    int at = List.of("key", "value", "both").indexOf(kind);
    return at < 0 ? 3 : at;
  }

  /** The curves as those who draw them know them. */
  List<CurveStyles.Curve> drawn() {
    return curves.stream().map(c -> new CurveStyles.Curve(c.shortName(), c.family())).toList();
  }

  /** The rows of shown models. */
  List<Row> shown(List<Row> rows) {
    return rows.stream().filter(row -> models.contains(row.<String>getAs("model"))).toList();
  }

  int model(String name) {
    return known(models.indexOf(name), name);
  }

  int scope(Row row) {
    return scope(row.getAs("kind"), row.<Long>getAs("seed"));
  }

  int scope(String kind, long seed) {
    for (int i = 0; i < scopes.size(); i++) {
      if (scopes.get(i).kind().equals(kind) && scopes.get(i).seed() == seed) {
        return i;
      }
    }
    throw new IllegalStateException("no such kind and seed: " + kind + ", " + seed);
  }

  int spec(String spec) {
    int low = 0;
    int high = specs.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = specs.get(middle).spec().compareTo(spec);
      if (order == 0) {
        return middle;
      } else if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return known(-1, spec);
  }

  int curve(String name) {
    for (int i = 0; i < curves.size(); i++) {
      if (curves.get(i).name().equals(name)) {
        return i;
      }
    }
    return known(-1, name);
  }

  private static int known(int index, String name) {
    if (index < 0) {
      throw new IllegalStateException("the summary has no " + name);
    }
    return index;
  }

  /** Index of the line over models, or -1. */
  int overModels() {
    return models.indexOf(GroupKey.ALL_MODELS);
  }

  /** Families of codecs, then of selectors, each sorted. */
  List<String> families() {
    return specs.stream()
        .sorted(Comparator.comparing(Spec::selector).thenComparing(Spec::family))
        .map(Spec::family)
        .distinct()
        .toList();
  }
}
