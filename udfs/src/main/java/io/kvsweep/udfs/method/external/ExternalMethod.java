package io.kvsweep.udfs.method.external;

import io.kvsweep.udfs.codec.ExternalCodec;
import io.kvsweep.udfs.spec.Arguments;
import io.kvsweep.udfs.spec.Fidelity;
import io.kvsweep.udfs.spec.Method;
import io.kvsweep.udfs.spec.Parameter;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * A method that lives elsewhere, in PyTorch say: its reconstructed tensors, imported into a dataset
 * of their own with the bytes that it declares for each, are scored like decoded ones. Nothing
 * checks that the tensors follow from so many bytes: {@code fidelity} is {@code declared}.
 *
 * <p>A path is the machine's, not the method's, so it is in no row: cells show the name, and their
 * identity has the hashes of the reconstructed tensors and the declared bytes instead.
 */
public final class ExternalMethod implements Method.OfExternal {
  /** Name in specifications. */
  public static final String NAME = "external";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public String summary() {
    return "reconstructed elsewhere: imported tensors with declared bytes";
  }

  @Override
  public String example() {
    return "external(dir=my-reconstruction,bits=3,name=mine)";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        Parameter.text(
            "bits",
            "a number up to 64",
            "nominal bits per value, as its authors count; left out = the declared bytes",
            ExternalMethod::bits),
        Parameter.text(
            "dir",
            "a path",
            "dataset of the reconstructions, made by 'kvsweep import'",
            text -> text),
        Parameter.text(
            "name",
            "a word",
            "what tables call it; left out = the last part of dir",
            ExternalMethod::word));
  }

  private static String bits(String text) {
    try {
      BigDecimal number = new BigDecimal(text).stripTrailingZeros();
      // The scale is bounded too: spelling out 1e-999999999 would take a gigabyte.
      if (number.signum() > 0
          && number.compareTo(BigDecimal.valueOf(64)) <= 0
          && number.scale() <= 10) {
        return number.toPlainString();
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("expected a number above 0, up to 64", e);
    }
    throw new IllegalArgumentException("expected a number above 0, up to 64");
  }

  private static String word(String text) {
    if (text.length() > 100 || !text.matches("[\\w.+-]*\\w[\\w.+-]*")) {
      throw new IllegalArgumentException("expected 1 to 100 letters, digits and . _ + -");
    }
    return text;
  }

  @Override
  public void check(Arguments arguments) {
    create(arguments);
  }

  @Override
  public Fidelity fidelity(Arguments arguments) {
    return Fidelity.DECLARED;
  }

  @Override
  public ExternalCodec create(Arguments arguments) {
    Optional<String> dir = optional(arguments, "dir");
    String name =
        optional(arguments, "name")
            .or(() -> dir.map(ExternalMethod::lastPart))
            .orElseThrow(() -> new IllegalArgumentException("give dir=DATASET"));
    return new ExternalCodec(dir, name, optional(arguments, "bits"));
  }

  private static Optional<String> optional(Arguments arguments, String name) {
    return arguments.has(name) ? Optional.of(arguments.text(name)) : Optional.empty();
  }

  private static String lastPart(String dir) {
    String part = dir.replaceFirst("[/\\\\]+$", "").replaceFirst(".*[/\\\\]", "");
    try {
      return word(part);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("add name=WORD: dir ends with no plain word", e);
    }
  }
}
