package io.kvsweep.jobs.methods;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.jobs.table.TextTable;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.Paper;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The methods of a registry, or one of them, as text, JSON or BibTeX. */
public final class MethodList {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final List<MethodFacts> methods;

  private MethodList(List<MethodFacts> methods) {
    this.methods = methods;
  }

  /** All of them, in the order of their registration; then {@code pair}, which combines two. */
  public static MethodList all(MethodRegistry registry) {
    return new MethodList(
        Stream.concat(
                registry.methods().stream().map(method -> MethodFacts.of(registry, method)),
                Stream.of(MethodFacts.pair(registry)))
            .toList());
  }

  /**
   * The one of this name.
   *
   * @throws InvalidInputException if there is none, with those that exist
   */
  public static MethodList named(MethodRegistry registry, String name) {
    List<MethodFacts> all = all(registry).methods;
    for (MethodFacts method : all) {
      if (method.name().equals(name)) {
        return new MethodList(List.of(method));
      }
    }
    throw new InvalidInputException(
        "unknown method '%s': expected one of %s"
            .formatted(
                name, all.stream().map(MethodFacts::name).collect(Collectors.joining(", "))));
  }

  /** A table of the methods and one of their parameters. */
  public String table() {
    TextTable overview =
        new TextTable(List.of("method", "stage", "needs", "fidelity", "paper", "what"), 6);
    for (MethodFacts method : methods) {
      overview.row(
          List.of(
              method.name(),
              stage(method),
              needs(method),
              method.fidelity(),
              method.papers().stream().findFirst().map(Paper::shortly).orElse("-"),
              method.summary()));
    }
    TextTable parameters = new TextTable(List.of("method", "parameter", "default", "values"), 4);
    for (MethodFacts method : methods) {
      for (MethodFacts.ParameterFacts parameter : method.parameters()) {
        parameters.row(
            List.of(
                method.name(),
                parameter.name(),
                orDash(parameter.defaultValue()),
                parameter.values()));
      }
    }
    return overview + "\n" + parameters;
  }

  /** Everything that is known of each. */
  public String inFull() {
    return methods.stream().map(MethodList::inFull).collect(Collectors.joining("\n"));
  }

  private static String inFull(MethodFacts method) {
    TextTable parameters = new TextTable(List.of("parameter", "default", "values", "meaning"), 4);
    for (MethodFacts.ParameterFacts parameter : method.parameters()) {
      parameters.row(
          List.of(
              parameter.name(),
              orDash(parameter.defaultValue()),
              parameter.values(),
              parameter.meaning()));
    }
    String papers =
        method.papers().stream()
            .map(paper -> "paper       %s (%s)\n".formatted(paper.title(), paper.shortly()))
            .collect(Collectors.joining());
    return """
        %s: %s
        stage       %s
        needs       %s
        example     %s
        fidelity    %s, of the example
        %s%s
        %s"""
        .formatted(
            method.name(),
            method.summary(),
            stage(method),
            needs(method),
            method.example(),
            method.fidelity(),
            papers,
            method.deviations().isEmpty() ? "" : "deviations  " + method.deviations() + "\n",
            parameters);
  }

  private static String stage(MethodFacts method) {
    return method.control() ? method.stage() + ", control" : method.stage();
  }

  private static String needs(MethodFacts method) {
    return method.needs().isEmpty() ? "-" : String.join(", ", method.needs());
  }

  private static String orDash(String text) {
    return text == null ? "-" : text;
  }

  /** One JSON array. */
  public String json() {
    try {
      return JSON.writeValueAsString(methods) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("facts about methods are plain values", e);
    }
  }

  /** An entry per paper, each once; empty without papers. */
  public String bibtex() {
    return methods.stream()
        .flatMap(method -> method.papers().stream())
        .distinct()
        .map(BibTex::entry)
        .collect(Collectors.joining("\n"));
  }
}
