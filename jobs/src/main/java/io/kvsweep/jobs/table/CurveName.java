package io.kvsweep.jobs.table;

import io.kvsweep.jobs.table.SpecParts.Part;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Names the curve that a method is a point of: its canonical specification with {@code *} for the
 * number of bits, {@code rtn(bits=*,axis=channel)}. Two methods are on one curve if they differ in
 * nothing else. A {@code pair}, whose two rates are no line, and a method without such a parameter
 * are curves of their own.
 */
public final class CurveName {
  /** Parameters that set nothing but the rate. */
  private static final List<String> RATE = List.of("bits", "schedule", "effective_bits");

  private CurveName() {}

  /**
   * The curve of a specification in canonical form.
   *
   * @return depends on this specification alone, not on what else was measured
   */
  public static String of(String spec) {
    return SpecParts.stages(spec).stream().map(CurveName::stage).collect(Collectors.joining(" | "));
  }

  private static String stage(Part stage) {
    return stage.with(p -> true, p -> RATE.contains(p.name()) ? rate(p.text()) : p.text());
  }

  /** A word before the number, as in {@code auto:2}, is another rule and stays. */
  private static String rate(String value) {
    return value.substring(0, value.indexOf(':') + 1) + "*";
  }
}
