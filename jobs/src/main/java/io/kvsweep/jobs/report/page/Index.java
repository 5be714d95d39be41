package io.kvsweep.jobs.report.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values by the order in which they were first seen. */
final class Index<T> {
  private final Map<T, Integer> indexes = new LinkedHashMap<>();

  int of(T value) {
    return indexes.computeIfAbsent(value, v -> indexes.size());
  }

  List<T> values() {
    return new ArrayList<>(indexes.keySet());
  }
}
