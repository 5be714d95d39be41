package io.kvsweep.udfs.spec;

import java.util.List;

/**
 * One parsed stage of a method specification, {@code name(parameter=value,...)}, before the
 * registry has checked it.
 *
 * @param name method or selector
 * @param assignments parameters as written, in the order written
 * @param column 1-based column of the name
 */
record Stage(String name, List<Assignment> assignments, int column) implements Value {

  /** {@code name=value}. */
  record Assignment(String name, Value value, int column) {}

  @Override
  public String toString() {
    if (assignments.isEmpty()) {
      return name;
    }
    StringBuilder out = new StringBuilder(name).append('(');
    for (int i = 0; i < assignments.size(); i++) {
      Assignment a = assignments.get(i);
      out.append(i == 0 ? "" : ",").append(a.name()).append('=').append(a.value());
    }
    return out.append(')').toString();
  }
}
