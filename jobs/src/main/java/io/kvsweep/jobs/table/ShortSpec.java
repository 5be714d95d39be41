package io.kvsweep.jobs.table;

import io.kvsweep.jobs.table.SpecParts.Part;
import io.kvsweep.udfs.method.Methods;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.MethodRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Canonical specifications without the parameters that have their default, as people write them:
 * {@code rtn(bits=2,axis=channel)}. Whatever shows a method to people names it so: a name is a
 * specification of that very method, which can be copied to a command, and no two become the same.
 * What the registry does not know, such as a method of a later version, stays whole.
 */
public final class ShortSpec {
  private static final String PAIR = "pair";

  /** Of the methods that kvsweep has. */
  public static final ShortSpec STANDARD = new ShortSpec(Methods.STANDARD);

  private final Map<String, Map<String, String>> defaults = new HashMap<>();

  ShortSpec(MethodRegistry registry) {
    for (Method method : registry.methods()) {
      Map<String, String> values = new HashMap<>();
      method
          .parameters()
          .forEach(p -> p.defaultValue().ifPresent(value -> values.put(p.name(), value)));
      defaults.put(method.name(), values);
    }
  }

  /** The short form of a canonical specification, or of the name of a curve. */
  public String of(String spec) {
    return SpecParts.stages(spec).stream().map(this::stage).collect(Collectors.joining(" | "));
  }

  /** The short form of the name of a curve, without a plain {@code bits=*}. */
  public String curve(String name) {
    return of(name).replaceAll("\\(bits=\\*\\)", "").replaceAll("\\(bits=\\*,", "(");
  }

  private String stage(Part stage) {
    Map<String, String> usual = defaults.getOrDefault(stage.name(), Map.of());
    return stage.with(
        p -> !p.text().equals(usual.get(p.name())),
        p -> stage.name().equals(PAIR) ? of(p.text()) : p.text());
  }
}
