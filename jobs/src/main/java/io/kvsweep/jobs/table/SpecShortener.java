package io.kvsweep.jobs.table;

import io.kvsweep.jobs.table.SpecParts.Part;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shortens canonical specifications for one table: of each method it keeps {@code bits} and the
 * parameters that differ within the table, or that some specifications of it do not have. What is
 * cut is the same in every row, so no two rows come out alike. {@link ShortSpec} is for where a
 * name must not depend on its neighbours.
 */
public final class SpecShortener {
  private static final List<String> ALWAYS = List.of("bits", "budget", "key", "value", "name");

  /** How often each method stands in the table. */
  private final Map<String, Integer> stages = new HashMap<>();

  /** How often each text of a parameter does, by method and name. */
  private final Map<String, Map<String, Integer>> texts = new LinkedHashMap<>();

  /**
   * @param specs every specification of the table, in canonical form
   */
  public SpecShortener(Collection<String> specs) {
    for (String spec : specs) {
      for (Part stage : SpecParts.stages(spec)) {
        stages.merge(stage.name(), 1, Integer::sum);
        for (Part parameter : stage.parameters()) {
          texts
              .computeIfAbsent(stage.name() + "." + parameter.name(), k -> new TreeMap<>())
              .merge(parameter.text(), 1, Integer::sum);
        }
      }
    }
  }

  /** The short form of one of the specifications. */
  public String shorten(String spec) {
    return String.join(" | ", SpecParts.stages(spec).stream().map(this::shorten).toList());
  }

  /** What {@link #shorten} cuts, by method: {@code rtn: axis=channel, group=0}. */
  public List<String> common() {
    Map<String, List<String>> cut = new TreeMap<>();
    texts.forEach(
        (key, counts) -> {
          String stage = key.substring(0, key.indexOf('.'));
          String parameter = key.substring(key.indexOf('.') + 1);
          if (isCut(stage, parameter)) {
            cut.computeIfAbsent(stage, name -> new ArrayList<>())
                .add(parameter + "=" + counts.keySet().iterator().next());
          }
        });
    return cut.entrySet().stream()
        .map(e -> e.getKey() + ": " + String.join(", ", e.getValue()))
        .toList();
  }

  private String shorten(Part stage) {
    return stage.with(p -> !isCut(stage.name(), p.name()), Part::text);
  }

  /** Whether every row that has the method has this parameter, with one text. */
  private boolean isCut(String stage, String parameter) {
    Map<String, Integer> counts = texts.get(stage + "." + parameter);
    return !ALWAYS.contains(parameter)
        && counts.size() == 1
        && counts.containsValue(stages.get(stage));
  }
}
