package io.kvsweep.jobs.reconstruct;

import io.kvsweep.datasets.InvalidInputException;
import io.kvsweep.datasets.canonical.PromptInfo;
import io.kvsweep.datasets.canonical.TensorInfo;
import io.kvsweep.datasets.canonical.TensorReader;
import io.kvsweep.datasets.capture.TensorSpec;
import io.kvsweep.datasets.tensor.KvTensor;
import io.kvsweep.datasets.tensor.ModelInfo;
import io.kvsweep.datasets.tensor.Rope;
import io.kvsweep.datasets.tensor.RopeStage;
import io.kvsweep.datasets.tensor.TensorKind;
import io.kvsweep.udfs.block.UnencodableException;
import io.kvsweep.udfs.codec.Rotary;
import io.kvsweep.udfs.codec.TensorCodec;
import io.kvsweep.udfs.codec.TensorView;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A prompt whose tensors were each coded by themselves. */
final class CodedTensors implements CodedPrompt {
  private final Map<TensorKind, TensorCodec> codecs;
  private final Map<Place, byte[]> blocks = new HashMap<>();

  private CodedTensors(Map<TensorKind, TensorCodec> codecs) {
    this.codecs = codecs;
  }

  /**
   * Encodes all keys and values of a prompt.
   *
   * @throws InvalidInputException naming the tensor that the method cannot encode
   */
  static CodedTensors of(
      TensorReader reader, PromptInfo prompt, Map<TensorKind, TensorCodec> codecs) {
    CodedTensors coded = new CodedTensors(codecs);
    ModelInfo model = reader.manifest().model(prompt.model());
    for (TensorInfo info : prompt.tensors()) {
      if (info.kind().isCached()) {
        KvTensor tensor = reader.read(prompt.key(), info.layer(), info.kind());
        TensorView view = new TensorView(tensor, rotary(model, tensor));
        coded.blocks.put(
            new Place(info.layer(), info.kind()),
            encode(codecs.get(info.kind()), view, prompt.key() + ", " + info.name()));
      }
    }
    return coded;
  }

  private static byte[] encode(TensorCodec codec, TensorView view, String place) {
    try {
      return codec.encode(view);
    } catch (UnencodableException e) {
      throw Reconstruct.unencodable(place, e);
    }
  }

  private static Optional<Rotary> rotary(ModelInfo model, KvTensor tensor) {
    if (tensor.ropeStage() == RopeStage.NONE) {
      return Optional.empty();
    }
    Rope rope = model.rope().orElseThrow();
    return Optional.of(
        Rotary.consecutive(
            rope, tensor.firstPosition(), tensor.shape().tokens(), tensor.shape().headDim()));
  }

  @Override
  public RopeStage rope() {
    return codecs.get(TensorKind.KEY).rope();
  }

  @Override
  public long bytes(int layer, TensorKind kind) {
    return blocks.get(new Place(layer, kind)).length;
  }

  @Override
  public float[] decode(TensorSpec tensor) {
    byte[] block = blocks.get(new Place(tensor.layer(), tensor.kind()));
    return codecs.get(tensor.kind()).decode(block, tensor.shape()).data();
  }

  private record Place(int layer, TensorKind kind) {}
}
