package io.kvsweep.udfs.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Checked parameters of one stage, defaults filled in, in the order of their declaration. */
public final class Arguments {
  private final Map<String, String> values;

  Arguments(Map<String, String> values) {
    this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** Whether the parameter was given or has a default. */
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /** Canonical text of a parameter. */
  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no parameter '" + name + "' in " + values);
    }
    return value;
  }

  public int integer(String name) {
    return Integer.parseInt(text(name));
  }

  public boolean flag(String name) {
    return Boolean.parseBoolean(text(name));
  }

  /** {@code a=1,b=2}. */
  @Override
  public String toString() {
    return values.entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining(","));
  }
}
