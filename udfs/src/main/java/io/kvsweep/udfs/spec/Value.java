package io.kvsweep.udfs.spec;

import java.util.List;
import java.util.stream.Collectors;

/** The right side of {@code parameter=value}: an atom, a list of atoms (a grid) or a stage. */
sealed interface Value permits Value.Atom, Value.Grid, Stage {
  /** A number or word, as written. */
  record Atom(String text) implements Value {
    @Override
    public String toString() {
      return text;
    }
  }

  /** Alternatives; a specification with grids stands for all combinations. */
  record Grid(List<Atom> atoms) implements Value {
    @Override
    public String toString() {
      return atoms.stream().map(Atom::text).collect(Collectors.joining(",", "[", "]"));
    }
  }
}
