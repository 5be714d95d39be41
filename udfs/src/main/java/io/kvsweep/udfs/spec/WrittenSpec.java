package io.kvsweep.udfs.spec;

import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
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

  /**
   * Refuses stages whose method does not exist.
   *
   * @param listed the methods to name instead, where not all of them would do
   * @throws InvalidSpecException with the column; or if it cannot be parsed
   */
  public static void requireMethods(
      String spec, MethodRegistry registry, Predicate<Method> listed) {
    Set<String> known = registry.methods().stream().map(Method::name).collect(Collectors.toSet());
    for (Stage stage : SpecParser.parse(spec)) {
      if (!known.contains(stage.name()) && !stage.name().equals(MethodRegistry.PAIR)) {
        throw new InvalidSpecException(
            spec,
            stage.column(),
            "unknown method '%s': expected one of %s"
                .formatted(
                    stage.name(),
                    registry.methods().stream()
                        .filter(listed)
                        .map(Method::name)
                        .collect(Collectors.joining(", "))));
      }
    }
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
