package io.kvsweep.jobs.methods;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.MethodRegistry;
import io.kvsweep.udfs.spec.MethodSpec;
import io.kvsweep.udfs.spec.Paper;
import io.kvsweep.udfs.spec.Parameter;
import io.kvsweep.udfs.spec.Pipeline;
import java.util.ArrayList;
import java.util.List;

/**
 * A method as data, all of it from the registry.
 *
 * @param stage what it may stand as in a specification
 * @param control whether others are held against it
 * @param needs beyond keys and values
 * @param example a specification that works
 * @param fidelity of the example
 */
@JsonPropertyOrder({
  "name",
  "summary",
  "stage",
  "control",
  "needs",
  "example",
  "fidelity",
  "deviations",
  "parameters",
  "papers"
})
record MethodFacts(
    String name,
    String summary,
    String stage,
    boolean control,
    List<String> needs,
    String example,
    String fidelity,
    String deviations,
    List<ParameterFacts> parameters,
    List<Paper> papers) {
  private static final long ANY_SEED = 1;

  /**
   * A parameter as data.
   *
   * @param defaultValue null where it must be given, or where leaving it out means something
   */
  @JsonPropertyOrder({"name", "default_value", "values", "meaning"})
  record ParameterFacts(String name, String defaultValue, String values, String meaning) {
    static ParameterFacts of(Parameter parameter) {
      return new ParameterFacts(
          parameter.name(),
          parameter.defaultValue().orElse(null),
          parameter.range(),
          parameter.meaning());
    }
  }

  static MethodFacts of(MethodRegistry registry, Method method) {
    Pipeline example = registry.pipeline(method.example(), ANY_SEED);
    return new MethodFacts(
        method.name(),
        method.summary(),
        stage(method),
        method.isControl(),
        needs(method, example),
        method.example(),
        example.fidelity().label(),
        method.deviations(),
        method.parameters().stream().map(ParameterFacts::of).toList(),
        method.papers());
  }

  /** What no registry has as a method, but every specification may start with. */
  static MethodFacts pair(MethodRegistry registry) {
    String example = "pair(key=svdq(bits=1.25),value=kivi(bits=4))";
    MethodSpec sides = registry.expand(example).get(0);
    return new MethodFacts(
        "pair",
        "one method for keys, another for values",
        "combination",
        false,
        List.of(),
        example,
        MethodRegistry.weaker(
                registry.pipeline(sides.key(), ANY_SEED).fidelity(),
                registry.pipeline(sides.value(), ANY_SEED).fidelity())
            .label(),
        "",
        List.of(
            new ParameterFacts("key", null, "METHOD", "what codes keys, one codec"),
            new ParameterFacts("value", null, "METHOD", "what codes values, one codec")),
        List.of());
  }

  private static String stage(Method method) {
    if (method instanceof Method.OfTensor) {
      return "codec";
    } else if (method instanceof Method.OfCache) {
      return "cross-layer";
    } else if (method instanceof Method.OfTokens) {
      return "selector";
    } else if (method instanceof Method.OfTransform) {
      return "transform";
    }
    return "external";
  }

  private static List<String> needs(Method method, Pipeline example) {
    List<String> needs = new ArrayList<>();
    if (method instanceof Method.OfCalibratedCache) {
      needs.add("calibration");
    }
    if (method instanceof Method.OfTokens
        && example.selector().map(TokenSelector::needsQueries).orElse(false)) {
      needs.add("queries");
    }
    if (method instanceof Method.OfExternal) {
      needs.add("external dataset");
    }
    return needs;
  }
}
