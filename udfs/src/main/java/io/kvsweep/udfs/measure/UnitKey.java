package io.kvsweep.udfs.measure;

import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.tensor.ModelInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Names a unit of work.
 *
 * @param unitId hash of model, prompt, layer, the tensors' bytes and what else decides results:
 *     shapes, formats, positions, rotary stages and base, attention scale
 * @param layer layer, or {@link #ALL_LAYERS} for a cross-layer unit
 * @param layers the layers that it gives rows for
 */
public record UnitKey(String unitId, String model, String prompt, int layer, List<Integer> layers) {
  /** Layer of a unit that holds all layers of a prompt. */
  public static final int ALL_LAYERS = -1;

  public UnitKey {
    layers = List.copyOf(layers);
  }

  /** The unit of one layer under a given id. */
  public UnitKey(String unitId, String model, String prompt, int layer) {
    this(unitId, model, prompt, layer, List.of(layer));
  }

  /** The unit of one layer, from metadata alone. */
  public static UnitKey ofLayer(ModelInfo model, PromptInfo prompt, int layer) {
    String id = id(model, prompt, layer, prompt.tensors().stream().filter(t -> t.layer() == layer));
    return new UnitKey(id, prompt.model(), prompt.prompt(), layer);
  }

  /** The unit of all layers of a prompt, from metadata alone. */
  public static UnitKey ofPrompt(ModelInfo model, PromptInfo prompt) {
    String id = id(model, prompt, ALL_LAYERS, prompt.tensors().stream());
    return new UnitKey(id, prompt.model(), prompt.prompt(), ALL_LAYERS, prompt.layers());
  }

  private static String id(
      ModelInfo model, PromptInfo prompt, int layer, Stream<TensorInfo> tensors) {
    List<String> parts =
        new ArrayList<>(
            List.of(
                "unit",
                prompt.model(),
                prompt.prompt(),
                Integer.toString(layer),
                model.rope().map(rope -> Double.toString(rope.theta())).orElse("no rope"),
                Double.toString(model.attentionScale())));
    tensors
        .sorted(Comparator.comparing(TensorInfo::layer).thenComparing(TensorInfo::kind))
        .forEach(
            t ->
                parts.add(
                    String.join(
                        " ",
                        t.name(),
                        t.shape().toString(),
                        t.dtype().label(),
                        t.ropeStage().label(),
                        Integer.toString(t.firstPosition()),
                        t.sha256())));
    return Hashes.of(parts);
  }

  @Override
  public String toString() {
    return model + "/" + prompt + (layer == ALL_LAYERS ? "" : " layer " + layer);
  }
}
