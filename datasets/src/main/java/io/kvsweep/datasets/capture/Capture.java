package io.kvsweep.datasets.capture;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.tensor.DType;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.datasets.tensor.TensorShape;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A capture on disk, its header checked, its values read on demand. Stored tensors are {@code
 * [heads, tokens, headDim]}; reads give {@code [tokens, heads, headDim]}. Of query moments, rows of
 * a matrix stand for tokens.
 */
public final class Capture implements PromptSource {
  private static final Pattern NAME =
      Pattern.compile("layers\\.(0|[1-9]\\d{0,5})\\.(key|value|query|query_moment)");

  private final SafetensorsFile file;
  private final ModelInfo model;
  private final PromptHead prompt;
  private final Map<TensorSpec, SafetensorsHeader.Entry> tensors;
  private byte[] slice = new byte[0];

  private Capture(
      SafetensorsFile file,
      ModelInfo model,
      PromptHead prompt,
      Map<TensorSpec, SafetensorsHeader.Entry> tensors) {
    this.file = file;
    this.model = model;
    this.prompt = prompt;
    this.tensors = tensors;
  }

  /**
   * Opens a capture and checks its header; reads no values.
   *
   * @throws InvalidInputException if it is not a well-formed {@code kv-capture/1} file
   */
  public static Capture open(Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    boolean done = false;
    try {
      Capture capture = check(file);
      done = true;
      return capture;
    } catch (IllegalArgumentException e) { // from the value types' own checks
      throw new InvalidInputException(path + ": " + e.getMessage(), e);
    } finally {
      if (!done) {
        file.close();
      }
    }
  }

  private static Capture check(SafetensorsFile file) {
    Map<String, SafetensorsHeader.Entry> entries = file.header().entries();
    CaptureMetadata metadata =
        CaptureMetadata.parse(
            file.header().metadata(),
            entries.keySet().stream().anyMatch(name -> name.endsWith(".query")),
            entries.keySet().stream().anyMatch(name -> name.endsWith(".query_moment")),
            file.place());
    Map<TensorSpec, SafetensorsHeader.Entry> tensors = new TreeMap<>(TensorSpec.ORDER);
    for (SafetensorsHeader.Entry entry : entries.values()) {
      tensors.put(spec(entry, metadata, file.place()), entry);
    }
    List<TensorSpec> specs = new ArrayList<>(tensors.keySet());
    CaptureShapes.Heads heads = CaptureShapes.check(specs, metadata, file.place());
    DeclaredBytes.check(metadata.extra(), specs, file.place());
    ModelInfo model =
        new ModelInfo(
            metadata.model(),
            metadata.architecture(),
            heads.query(),
            heads.kv(),
            heads.headDim(),
            metadata.keyStage(),
            metadata.queryStage(),
            metadata.rope(),
            metadata.attentionScale());
    PromptHead prompt =
        new PromptHead(
            metadata.model(),
            metadata.prompt(),
            metadata.tokens(),
            metadata.firstPosition(),
            metadata.queryFirstPosition(),
            metadata.extra());
    return new Capture(file, model, prompt, tensors);
  }

  private static TensorSpec spec(
      SafetensorsHeader.Entry entry, CaptureMetadata metadata, String place) {
    Matcher matcher = NAME.matcher(entry.name());
    if (!matcher.matches()) {
      throw new InvalidInputException(
          "%s: unknown tensor '%s'; expected layers.{l}.key, layers.{l}.value, layers.{l}.query or layers.{l}.query_moment"
              .formatted(place, entry.name()));
    }
    List<Long> sizes = entry.shape();
    TensorKind kind = TensorKind.of(matcher.group(2));
    if (sizes.size() != 3) {
      throw new InvalidInputException(
          "%s: tensor '%s' has shape %s; expected three sizes [heads, %s, head_dim]"
              .formatted(
                  place,
                  entry.name(),
                  sizes,
                  kind == TensorKind.QUERY_MOMENT ? "head_dim" : "tokens"));
    }
    for (long size : sizes) {
      if (size < 1 || size > Integer.MAX_VALUE) {
        throw new InvalidInputException(
            "%s: tensor '%s' has shape %s; expected sizes from 1 to 2^31 - 1"
                .formatted(place, entry.name(), sizes));
      }
    }
    try {
      return new TensorSpec(
          Integer.parseInt(matcher.group(1)),
          kind,
          new TensorShape(
              sizes.get(1).intValue(), sizes.get(0).intValue(), sizes.get(2).intValue()),
          entry.dtype(),
          stage(kind, metadata),
          switch (kind) {
            case KEY, VALUE -> metadata.firstPosition();
            case QUERY -> metadata.queryFirstPosition().orElseThrow();
            case QUERY_MOMENT -> 0;
          });
    } catch (IllegalArgumentException e) {
      throw new InvalidInputException(
          "%s: tensor '%s': %s".formatted(place, entry.name(), e.getMessage()), e);
    }
  }

  private static RopeStage stage(TensorKind kind, CaptureMetadata metadata) {
    return switch (kind) {
      case KEY -> metadata.keyStage();
      case QUERY -> metadata.queryStage();
      case VALUE -> RopeStage.NONE; // values are never rotated
      case QUERY_MOMENT -> metadata.rope().isPresent() ? RopeStage.POST : RopeStage.NONE;
    };
  }

  @Override
  public String place() {
    return file.place();
  }

  @Override
  public ModelInfo model() {
    return model;
  }

  @Override
  public PromptHead prompt() {
    return prompt;
  }

  @Override
  public List<TensorSpec> tensors() {
    return List.copyOf(tensors.keySet());
  }

  /** One positional read per head, each of {@code rows x headDim} values. */
  @Override
  public void read(TensorSpec tensor, int row, int rows, byte[] out) {
    DType dtype = tensor.dtype();
    int heads = tensor.shape().heads();
    int vector = tensor.shape().headDim() * dtype.bytes();
    int run = Math.multiplyExact(rows, vector);
    if (slice.length < run) {
      slice = new byte[run];
    }
    long begin = tensors.get(tensor).begin();
    for (int head = 0; head < heads; head++) {
      long offset = begin + ((long) head * tensor.shape().tokens() + row) * vector;
      file.read(offset, ByteBuffer.wrap(slice, 0, run));
      for (int i = 0; i < rows; i++) {
        System.arraycopy(slice, i * vector, out, (i * heads + head) * vector, vector);
      }
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
