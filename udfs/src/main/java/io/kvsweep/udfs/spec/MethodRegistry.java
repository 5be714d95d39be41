package io.kvsweep.udfs.spec;

import io.kvsweep.udfs.artefact.Artefact;
import io.kvsweep.udfs.codec.Codec;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorTransform;
import io.kvsweep.udfs.codec.TokenSelector;
import io.kvsweep.udfs.codec.TransformedCodec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The methods that exist, and how a specification becomes one of them. {@code Methods.STANDARD} is
 * the shipped one.
 */
public final class MethodRegistry {
  static final String PAIR = "pair";

  private final Map<String, Method> methods = new LinkedHashMap<>();

  /**
   * @throws IllegalArgumentException if two methods share a name
   */
  public MethodRegistry(List<Method> methods) {
    for (Method method : methods) {
      if (method.name().equals(PAIR) || this.methods.put(method.name(), method) != null) {
        throw new IllegalArgumentException("two methods named " + method.name());
      }
    }
  }

  /** All methods, in the order of their registration. */
  public List<Method> methods() {
    return List.copyOf(methods.values());
  }

  /**
   * Expands grids and brings every combination into canonical form.
   *
   * @return one or more distinct specifications, in the order in which a grid lists them
   * @throws InvalidSpecException with the column, for syntax, unknown names and values out of range
   */
  public List<MethodSpec> expand(String spec) {
    List<Stage> stages = SpecParser.parse(spec);
    LinkedHashSet<MethodSpec> expanded = new LinkedHashSet<>();
    for (List<Stage> combination : GridExpansion.of(stages)) {
      expanded.add(resolve(spec, combination));
    }
    return List.copyOf(expanded);
  }

  /**
   * Makes a specification of one tensor runnable.
   *
   * @param spec without grids and without {@code pair}
   * @param seed of whatever is random in it
   * @throws InvalidSpecException as {@link #expand}
   */
  public Pipeline pipeline(String spec, long seed) {
    return pipeline(spec, seed, Optional.empty());
  }

  /**
   * Makes a specification of one tensor runnable.
   *
   * @param artefact of a calibrated method; without one it can be asked for rates only
   * @throws InvalidSpecException as {@link #expand}
   */
  public Pipeline pipeline(String spec, long seed, Optional<Artefact> artefact) {
    List<Stage> stages = SpecParser.parse(spec);
    List<String> canonical = new ArrayList<>();
    List<String> versions = new ArrayList<>();
    List<String> coding = new ArrayList<>(); // what a block is bound to: transforms and codec
    Deque<TensorTransform> transforms = new ArrayDeque<>(); // the one next to the codec first
    Fidelity fidelity = Fidelity.PAPER;
    Optional<TokenSelector> selector = Optional.empty();
    Codec codec = null;
    boolean calibrated = false;
    for (int i = 0; i < stages.size(); i++) {
      Stage stage = stages.get(i);
      Method method = method(spec, stage);
      Arguments arguments = arguments(spec, method, stage);
      String text = canonical(method, arguments);
      boolean last = i == stages.size() - 1;
      coding.add(method.seeded(arguments) ? text + "#" + seed : text);
      if (method instanceof Method.OfTokens tokens && !last && i == 0) {
        selector = Optional.of(tokens.create(coding.get(0), arguments, seed));
        coding.clear();
      } else if (method instanceof Method.OfTransform transform && !last) {
        transforms.push(transform.create(arguments, seed));
      } else if (method instanceof Method.OfTensor tensor && last) {
        codec = transformed(transforms, tensor.create(String.join(" | ", coding), arguments, seed));
      } else if (method instanceof Method.OfCache cache && last && transforms.isEmpty()) {
        codec = create(cache, text, arguments, seed, artefact);
        calibrated = method instanceof Method.OfCalibratedCache;
      } else if (method instanceof Method.OfExternal external && stages.size() == 1) {
        codec = external.create(arguments);
      } else {
        throw new InvalidSpecException(spec, stage.column(), misplaced(method, last));
      }
      canonical.add(text);
      versions.add(method.versions(arguments));
      fidelity = weaker(fidelity, method.fidelity(arguments));
    }
    return new Pipeline(
        String.join(" | ", canonical),
        String.join(" | ", canonical.subList(selector.isPresent() ? 1 : 0, canonical.size())),
        stages.get(stages.size() - 1).name(),
        String.join("|", versions),
        fidelity,
        selector,
        codec,
        calibrated);
  }

  private static Codec create(
      Method.OfCache method,
      String text,
      Arguments arguments,
      long seed,
      Optional<Artefact> artefact) {
    return method instanceof Method.OfCalibratedCache calibrated && artefact.isPresent()
        ? calibrated.create(text, arguments, seed, artefact.get())
        : method.create(text, arguments, seed);
  }

  private static TensorCodec transformed(Iterable<TensorTransform> transforms, TensorCodec codec) {
    TensorCodec out = codec;
    for (TensorTransform transform : transforms) {
      out = new TransformedCodec(transform, out);
    }
    return out;
  }

  private static String misplaced(Method method, boolean last) {
    String name = "'" + method.name() + "'";
    if (method instanceof Method.OfExternal) {
      return name
          + " brings tensors that were reconstructed elsewhere: it stands alone, without '|'";
    }
    if (!last) {
      return method instanceof Method.OfTokens
          ? name + " selects tokens: one selector can stand, first of all stages"
          : name + " cannot stand left of a '|'; only a selector and transforms can";
    }
    if (method instanceof Method.OfTokens) {
      return name + " selects tokens and codes nothing: add '| none' or a codec";
    }
    return method instanceof Method.OfTransform
        ? name + " transforms and codes nothing: add '| rtn(bits=4)' or another codec"
        : name + " codes all layers together: no transform can stand left of it";
  }

  private MethodSpec resolve(String spec, List<Stage> stages) {
    Stage first = stages.get(0);
    if (!first.name().equals(PAIR)) {
      String canonical = canonical(spec, stages);
      return new MethodSpec(canonical, canonical);
    }
    Map<String, Stage> sides = new LinkedHashMap<>();
    for (Stage.Assignment side : first.assignments()) {
      Stage stage =
          side.value() instanceof Stage s
              ? s
              : new Stage(side.value().toString(), List.of(), side.column());
      if (!List.of("key", "value").contains(side.name()) || sides.put(side.name(), stage) != null) {
        throw new InvalidSpecException(
            spec, side.column(), "pair takes key=METHOD and value=METHOD, once each");
      }
      if (methods.get(stage.name()) instanceof Method.OfExternal) {
        throw new InvalidSpecException(
            spec,
            side.column(),
            "'%s' cannot stand in a pair: put the keys and values of one method into one dataset and name it alone"
                .formatted(stage.name()));
      }
    }
    if (stages.size() != 1 || sides.size() != 2) {
      throw new InvalidSpecException(
          spec, first.column(), "pair takes key=METHOD and value=METHOD, and no '|'");
    }
    return new MethodSpec(
        canonical(spec, List.of(sides.get("key"))), canonical(spec, List.of(sides.get("value"))));
  }

  private String canonical(String spec, List<Stage> stages) {
    return stages.stream()
        .map(
            stage -> {
              Method method = method(spec, stage);
              return canonical(method, arguments(spec, method, stage));
            })
        .collect(Collectors.joining(" | "));
  }

  private static String canonical(Method method, Arguments arguments) {
    return method.parameters().isEmpty() ? method.name() : method.name() + "(" + arguments + ")";
  }

  private Method method(String spec, Stage stage) {
    Method method = methods.get(stage.name());
    if (method == null) {
      throw new InvalidSpecException(
          spec,
          stage.column(),
          "unknown method '"
              + stage.name()
              + "': expected one of "
              + String.join(", ", methods.keySet())
              + " or pair");
    }
    return method;
  }

  private Arguments arguments(String spec, Method method, Stage stage) {
    Map<String, Stage.Assignment> given = new LinkedHashMap<>();
    List<String> names = method.parameters().stream().map(Parameter::name).toList();
    for (Stage.Assignment assignment : stage.assignments()) {
      if (!names.contains(assignment.name())) {
        throw new InvalidSpecException(
            spec,
            assignment.column(),
            "unknown parameter '%s' of %s: expected one of %s"
                .formatted(assignment.name(), method.name(), String.join(", ", names)));
      }
      if (given.put(assignment.name(), assignment) != null) {
        throw new InvalidSpecException(
            spec, assignment.column(), "parameter '" + assignment.name() + "' is given twice");
      }
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (Parameter parameter : method.parameters()) {
      Stage.Assignment assignment = given.get(parameter.name());
      if (assignment != null) {
        values.put(parameter.name(), canonical(spec, parameter, assignment));
      } else {
        parameter.defaultValue().ifPresent(value -> values.put(parameter.name(), value));
      }
    }
    Arguments arguments = new Arguments(values);
    try {
      method.check(arguments);
    } catch (IllegalArgumentException e) {
      throw new InvalidSpecException(spec, stage.column(), method.name() + ": " + e.getMessage());
    }
    return arguments;
  }

  private static String canonical(String spec, Parameter parameter, Stage.Assignment assignment) {
    try {
      return parameter.canonical(assignment.value().toString());
    } catch (IllegalArgumentException e) {
      throw new InvalidSpecException(
          spec,
          assignment.column(),
          "invalid %s=%s: %s".formatted(parameter.name(), assignment.value(), e.getMessage()));
    }
  }

  /** The fidelity of two together. */
  public static Fidelity weaker(Fidelity a, Fidelity b) {
    return a.ordinal() >= b.ordinal() ? a : b;
  }
}
