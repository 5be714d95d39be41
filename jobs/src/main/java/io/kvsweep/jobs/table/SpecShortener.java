package io.kvsweep.jobs.table;

import io.kvsweep.jobs.table.SpecParts.Part;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Shortens canonical specifications for one table: of each method it keeps {@code bits} and the
 * parameters that differ within the table. What is cut is the same in every row, so no two rows
 * come out alike. {@link ShortSpec} is for where a name must not depend on its neighbours.
 */
public final class SpecShortener {
  private static final List<String> ALWAYS = List.of("bits", "budget", "key", "value", "name");

  private final Map<String, Set<String>> values = new LinkedHashMap<>();

  /**
   * @param specs every specification of the table, in canonical form
   */
  public SpecShortener(Collection<String> specs) {
    for (String spec : specs) {
      for (Part stage : SpecParts.stages(spec)) {
        for (Part parameter : stage.parameters()) {
          values
              .computeIfAbsent(stage.name() + "." + parameter.name(), k -> new TreeSet<>())
              .add(parameter.text());
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
    values.forEach(
        (key, texts) -> {
          int dot = key.indexOf('.');
          if (texts.size() == 1 && !ALWAYS.contains(key.substring(dot + 1))) {
            cut.computeIfAbsent(key.substring(0, dot), name -> new ArrayList<>())
                .add(key.substring(dot + 1) + "=" + texts.iterator().next());
          }
        });
    return cut.entrySet().stream()
        .map(e -> e.getKey() + ": " + String.join(", ", e.getValue()))
        .toList();
  }

  private String shorten(Part stage) {
    return stage.with(p -> varies(stage, p) || ALWAYS.contains(p.name()), Part::text);
  }

  private boolean varies(Part stage, Part parameter) {
    return values.get(stage.name() + "." + parameter.name()).size() > 1;
  }
}
