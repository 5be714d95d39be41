package io.kvsweep.udfs.spec;

import java.util.OptionalInt;
import java.util.stream.IntStream;

/** What somebody wrote, before defaults are filled in. */
public final class WrittenSpec {
  private WrittenSpec() {}

  /**
   * Where a specification sets a parameter itself, in any of its stages, rather than leave it to
   * its default.
   *
   * @return 1-based column of the first such place
   * @throws InvalidSpecException if it cannot be parsed
   */
  public static OptionalInt columnOf(String parameter, String spec) {
    return SpecParser.parse(spec).stream()
        .flatMapToInt(stage -> columns(parameter, stage))
        .findFirst();
  }

  private static IntStream columns(String parameter, Stage stage) {
    return stage.assignments().stream()
        .flatMapToInt(
            assignment ->
                assignment.name().equals(parameter)
                    ? IntStream.of(assignment.column())
                    : assignment.value() instanceof Stage inner
                        ? columns(parameter, inner)
                        : IntStream.empty());
  }
}
